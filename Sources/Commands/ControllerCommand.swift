// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

struct ControllerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "controller")
    func run() async throws {}
}
