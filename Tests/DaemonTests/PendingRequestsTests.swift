import Control
import Linux
import SystemPackage
import Testing

@testable import Daemon

/// Who waits for what, and when each is answered: exactly once.
@Suite struct PendingRequestsTests {
    /// The answer to the one request that `body` makes.
    private func answer<Value: Sendable>(
        _ body: (Reply<Value>) -> Void
    ) async -> Result<Value, ControlFailure> {
        await withCheckedContinuation { body($0) }
    }

    private func sentence<Value>(_ result: Result<Value, ControlFailure>) -> String {
        switch result {
        case .success(let value): "\(value)"
        case .failure(let error): "\(error)"
        }
    }

    @Test("A rotation is answered when the last tap has sealed, with every segment's path, sorted")
    func rotation() async throws {
        let result: Result<Rotated, ControlFailure> = await answer { reply in
            var requests = PendingRequests()
            let number = requests.number()
            requests.add(number, rotationOf: "dns", taps: [1, 2, 3], reply)
            requests.sealed(number, tap: 2, .success("/b"))
            requests.sealed(number, tap: 2, .success("/twice"))
            requests.sealed(number, tap: 1, .success("/a"))
            requests.sealed(number + 1, tap: 3, .success("/another"))
            // A tap that ends has nothing left to seal.
            requests.ended(tap: 3)
        }
        #expect(try result.get().segments == ["/a", "/b"])
    }

    @Test("A rotation that serves no tap is answered at once; a failure names the capture and the reason")
    func rotationWithoutTaps() async throws {
        let none: Result<Rotated, ControlFailure> = await answer { reply in
            var requests = PendingRequests()
            requests.add(requests.number(), rotationOf: "dns", taps: [], reply)
        }
        #expect(try none.get().segments.isEmpty)
        let failed: Result<Rotated, ControlFailure> = await answer { reply in
            var requests = PendingRequests()
            let number = requests.number()
            requests.add(number, rotationOf: "dns", taps: [1, 2], reply)
            requests.sealed(number, tap: 1, .failure(SystemError("seal", "/a", .noSpace)))
            requests.sealed(number, tap: 2, .success("/b"))
        }
        #expect(sentence(failed).contains("capture dns: cannot seal /a"))
    }

    @Test("A reload answers those that waited for it; those that came later wait for the next")
    func reloads() async {
        var requests = PendingRequests()
        let first: Result<Reloaded, ControlFailure> = await answer { reply in
            requests.add(1, reload: reply, isNext: false)
            requests.finishReload(.failure(.failed("first")))
        }
        #expect(sentence(first).contains("first"))
        let next: Result<Reloaded, ControlFailure> = await answer { reply in
            requests.add(2, reload: reply, isNext: true)
            requests.finishReload(.failure(.failed("not for it")))
            requests.finishReload(.failure(.failed("second")))
        }
        #expect(sentence(next).contains("second"))
    }

    @Test("What takes too long is answered once, and its end later is ignored")
    func late() async {
        let result: Result<Rotated, ControlFailure> = await answer { reply in
            var requests = PendingRequests()
            let number = requests.number()
            requests.add(number, rotationOf: "dns", taps: [1], reply)
            requests.late(number)
            requests.sealed(number, tap: 1, .success("/a"))
            requests.late(number)
        }
        #expect(sentence(result).contains("still running"))
    }

    @Test("At most four previews wait for a file system or a resolver, whether anything still waits for them or not")
    func previews() async {
        var requests = PendingRequests()
        for number in 1...4 {
            let late: Result<ReloadPreview, ControlFailure> = await answer { reply in
                let isTaken = requests.add(number, preview: reply)
                #expect(isTaken)
                requests.late(number)
            }
            #expect(sentence(late).contains("still running"))
        }
        let fifth: Result<ReloadPreview, ControlFailure> = await answer { reply in
            let isTaken = requests.add(5, preview: reply)
            #expect(!isTaken)
        }
        #expect(sentence(fifth).contains("4 earlier previews"))
        // One comes back: there is room again.
        requests.previewed(2, .failure(.stopping))
        let sixth: Result<ReloadPreview, ControlFailure> = await answer { reply in
            let isTaken = requests.add(6, preview: reply)
            #expect(isTaken)
            requests.dismiss()
        }
        #expect(sentence(sixth) == sentence(.failure(.stopping) as Result<ReloadPreview, ControlFailure>))
    }
}
