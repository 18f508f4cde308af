// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import Delivery
internal import Git
internal import JSON
internal import Kubernetes
internal import TaffrailAPI
internal import Transport

/// Whether repositories can be reached, know us, and have the branch. Nothing is fetched.
struct RepositoryCheck {
    private static let name = "git"

    /// Which branch of which repository, and how it is reached.
    struct Question: Sendable {
        let reference: GitReference
        let remote: GitRemote
    }

    /// A folder for the bare repository that libgit2 wants even for a question; nothing is kept in it.
    let folder: String

    func run(_ subject: String, _ question: Question) async -> Diagnosis {
        do {
            let repository = try await GitRepository.open(bare: folder)
            let tip = try await repository.ask(
                for: question.reference,
                of: question.remote,
                deadline: .after(.seconds(30))
            )
            guard let tip else {
                let message = "it can be read; whether it has \(question.reference), only a fetch tells"
                return Diagnosis(Self.name, subject, .ok, message)
            }
            return Diagnosis(
                Self.name,
                subject,
                .ok,
                "it can be read; \(question.reference) is at \(tip.description.prefix(12))"
            )
        } catch {
            return Diagnosis(
                Self.name,
                subject,
                .problem,
                String(describing: error),
                remedy: [NextStep.after(error)].compactMap(\.self)
            )
        }
    }

    /// A ConfigRepository with what its Secret holds, as the controller would fetch it.
    func run(_ object: JSONValue, client: KubernetesClient, reach: AddressReach) async -> Diagnosis {
        let subject = "ConfigRepository \(NamespacedName(object))"
        let resource: ConfigRepository
        do {
            resource = try ConfigRepository.decode(object)
        } catch {
            return Diagnosis(Self.name, subject, .problem, "\(error)", remedy: ["mend the resource's spec"])
        }
        guard !resource.spec.isSuspended else {
            return Diagnosis(Self.name, subject, .notChecked, "it is suspended")
        }
        do {
            let question = Question(
                reference: SourceReconciler.reference(of: resource),
                remote: try await SourceReconciler.remote(of: resource, client: client, reach: reach)
            )
            return await run(subject, question)
        } catch let error as KubernetesError where error.code == .notFound {
            let name = resource.spec.secret?.name ?? ""
            let remedy = ["make the Secret '\(name)' in that namespace, or mend spec.secretRef"]
            return Diagnosis(Self.name, subject, .problem, String(describing: error), remedy: remedy)
        } catch {
            return Diagnosis(Self.name, subject, .notChecked, "its Secret cannot be read from here: \(error)")
        }
    }
}
