// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Web

struct RoutesTests {
    private let routes: Routes = {
        var routes = Routes()
        routes.get("/here") { request in .text(200, request.bearerToken ?? "nobody") }
        return routes
    }()

    @Test func `an endpoint answers GET and HEAD, whatever the query`() async {
        for (method, target) in [("GET", "/here"), ("HEAD", "/here"), ("GET", "/here?a=/b"), ("GET", "/here#c")] {
            let request = WebRequest(method: method, target: target, authorization: [])
            let answered = await routes.answer(request)
            #expect(answered.answer.status == 200 && answered.path == "/here", "\(method) \(target)")
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "get", ""])
    func `another method is refused with those that there are`(method: String) async {
        let answered = await routes.answer(WebRequest(method: method, path: "/here"))
        #expect(answered.answer.status == 405 && answered.answer.headers["Allow"] == "GET, HEAD")
        #expect(answered.path == "/here")
    }

    @Test(arguments: ["/", "", "/here/", "/HERE", "/../here", "/%68ere", "//here", "http://host/here", "*"])
    func `a path that is not there is not found, and not told apart from others`(path: String) async {
        let answered = await routes.answer(WebRequest(method: "GET", path: path))
        #expect(answered.answer.status == 404 && answered.path == nil)
        // What a request says is not repeated.
        #expect(path.count < 2 || !String(decoding: answered.answer.body, as: UTF8.self).contains(path))
    }

    @Test(
        arguments: [
            (["Bearer abc"], "abc"), (["bearer  abc"], "abc"), (["Basic abc"], nil), (["Bearer"], nil),
            (["Bearer a b"], nil),
            ([], nil), (["Bearer abc", "Bearer abc"], nil), (["abc"], nil),
        ] as [([String], String?)]
    )
    func `a token is one word of one header`(headers: [String], token: String?) {
        #expect(WebRequest(method: "GET", target: "/", authorization: headers).bearerToken == token)
    }
}
