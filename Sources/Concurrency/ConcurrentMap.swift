// SPDX-License-Identifier: Apache-2.0

extension Collection where Self: Sendable, Element: Sendable, Index: Sendable {
    /// Transforms each element, at most `limit` at a time, and returns the results in the elements' order.
    package func concurrentMap<Result: Sendable>(
        limit: Int,
        _ body: @escaping @Sendable (Element) async -> Result
    ) async -> [Result] {
        await concurrentMap(limit: limit, body) { _ in true }
    }

    /// The same for what can fail: the first error cancels what is under way, and is thrown.
    package func concurrentMap<Success: Sendable>(
        limit: Int,
        _ body: @escaping @Sendable (Element) async throws -> Success
    ) async throws -> [Success] {
        var failure: (any Error)?
        let results = await concurrentMap(
            limit: limit,
            { element -> Result<Success, any Error> in
                do { return .success(try await body(element)) } catch { return .failure(error) }
            },
            goesOn: { result in
                if case .failure(let error) = result { failure = error }
                return failure == nil
            }
        )
        if let failure { throw failure }
        return try results.map { try $0.get() }
    }

    /// - Parameter goesOn: told each result as it comes; when it says no, what is under way is cancelled and the rest left out.
    private func concurrentMap<Result: Sendable>(
        limit: Int,
        _ body: @escaping @Sendable (Element) async -> Result,
        goesOn: (Result) -> Bool
    ) async -> [Result] {
        precondition(limit > 0, "at least one element must be allowed in flight")
        return await withTaskGroup(of: (offset: Int, result: Result).self) { group in
            var results = [Result?](repeating: nil, count: count)
            var waiting = enumerated().makeIterator()
            func startNext() {
                guard let (offset, element) = waiting.next() else { return }
                group.addTask { (offset, await body(element)) }
            }
            for _ in 0..<limit { startNext() }
            for await (offset, result) in group {
                results[offset] = result
                guard goesOn(result) else {
                    group.cancelAll()
                    break
                }
                startNext()
            }
            return results.compactMap(\.self)
        }
    }
}
