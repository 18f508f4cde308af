// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import TaffrailAPI

/// How long to wait, as people write it: seconds, or a duration as in an Environment's `timeout`.
struct WaitingTime: ExpressibleByArgument {
    static let none = WaitingTime(text: "0", duration: .zero)

    private let text: String
    let duration: Duration

    private init(text: String, duration: Duration) {
        self.text = text
        self.duration = duration
    }

    init?(argument: String) {
        let isNumber = !argument.isEmpty && argument.allSatisfy { $0.isASCII && $0.isNumber }
        guard let duration = GoDuration(isNumber ? argument + "s" : argument)?.duration else { return nil }
        self.init(text: argument, duration: duration)
    }

    var defaultValueDescription: String { text }
}
