// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Delivery
internal import TaffrailAPI

/// What is delivered where, for the commands that walk the road from a workstation.
struct DeliveryOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help:
            "The namespace to deliver to, for manifests that name none; those that name another are refused, objects of the cluster are not."
    )
    var namespace: String?

    @Option(help: "The name under which the log remembers what was applied from here.")
    var name = "workstation"

    @Flag(help: "Delete what was applied before and is no longer in the repository.")
    var prune = false

    @Flag(help: "Allow a commit without manifests to delete everything.")
    var allowEmpty = false

    @Option(
        help: "The share of what was applied before, in percent, that may be deleted at once; ten objects always may."
    )
    var maxPrune: Int64?

    @Option(help: "How many applies may be in flight at once.")
    var concurrency = 8

    func validate() throws {
        guard maxPrune.map({ (0...100).contains($0) }) ?? true else {
            throw ValidationError("--max-prune is a percentage, between 0 and 100")
        }
        guard (1...64).contains(concurrency) else { throw ValidationError("--concurrency must be between 1 and 64") }
    }

    /// - Parameter spec: of the Environment whose road is walked, if there is one.
    func target(namespace: String?, spec: TaffrailAPI.Environment.Spec?, timeout: Duration) -> Target {
        let environment = EnvironmentReference(namespace: namespace ?? "default", name: name)
        return Target(
            environment: environment,
            owner: Ownership.environment(namespace: environment.namespace, name: environment.name),
            prunes: prune,
            healing: spec.map { Target.Healing($0.healing) } ?? .on,
            allowedManagers: Set(spec?.allowedManagers ?? []),
            healthTimeout: timeout,
            concurrency: concurrency,
            allowsEmpty: allowEmpty,
            maxPrune: maxPrune ?? spec?.maxPrune ?? Target.standardMaxPrune,
            consent: .flags
        )
    }
}

extension DeliveryOptions {
    /// A target for looking only: nothing is remembered under it.
    static func unrecorded(namespace: String?) -> Target {
        let environment = EnvironmentReference(namespace: namespace ?? "default", name: "validation")
        return Target(
            environment: environment,
            owner: Ownership.environment(namespace: environment.namespace, name: environment.name),
            prunes: false,
            healing: .report,
            healthTimeout: .zero
        )
    }
}
