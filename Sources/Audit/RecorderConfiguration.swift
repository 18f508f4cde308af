// SPDX-License-Identifier: Apache-2.0

package import Concurrency
package import Keys

/// How a log is opened for writing.
package struct RecorderConfiguration: Sendable {
    package let directory: String
    /// The name of the log, which never changes.
    package let origin: String
    package let signer: any Signer
    /// For digests over Secret values: 32 bytes.
    package let secretKey: [UInt8]
    package let controllerID: String
    package let version: String
    package let clock: WallClock
    /// Whether a log is begun where there is none.
    package let create: Bool
    /// Is told what is written.
    package let observer: RecorderObserver

    package init(
        directory: String,
        origin: String,
        signer: any Signer,
        secretKey: [UInt8],
        controllerID: String,
        version: String,
        clock: WallClock,
        create: Bool,
        observer: @escaping RecorderObserver = { _ in }
    ) {
        self.observer = observer
        self.directory = directory
        self.origin = origin
        self.signer = signer
        self.secretKey = secretKey
        self.controllerID = controllerID
        self.version = version
        self.clock = clock
        self.create = create
    }
}
