// SPDX-License-Identifier: Apache-2.0

extension Collection where Self: Sendable, Element: Sendable, Index: Sendable {
    /// Transforms each element, at most `limit` at a time, and returns the results in the elements' order.
    ///
    /// The first error cancels what is under way and is thrown; give `body` a result type to carry errors per element.
    package func concurrentMap<Result: Sendable>(
        limit: Int,
        _ body: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        precondition(limit > 0, "at least one element must be allowed in flight")
        return try await withThrowingTaskGroup(of: (offset: Int, result: Result).self) { group in
            var results = [Result?](repeating: nil, count: count)
            var waiting = enumerated().makeIterator()
            func startNext() {
                guard let (offset, element) = waiting.next() else { return }
                group.addTask { (offset, try await body(element)) }
            }
            for _ in 0..<limit { startNext() }
            while let (offset, result) = try await group.next() {
                results[offset] = result
                startNext()
            }
            return results.compactMap(\.self)
        }
    }
}
