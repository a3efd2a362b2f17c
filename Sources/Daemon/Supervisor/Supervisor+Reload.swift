import BasicContainers
import Capture
import Control
import Linux
import Logging
import Rules
import Settings

/// Reloads: own threads read the configuration and prepare the taps; the supervisor applies the result to the kernel
/// and the taps (I13).
extension Supervisor {
    mutating func reloadConfiguration() {
        guard stop == nil else { return requests.finishReload(.failure(.stopping)) }
        switch reload.request(at: Clock.monotonic()) {
        case .follows: return
        case .refused(let reason): notReloaded([reason])
        case .read(let number):
            manager?.reloading()
            let reader = ReloadReader(
                path: path, compilers: compilers, interfaces: effects.interfaces, running: retentions,
                adopter: disks.adopter, log: log)
            do {
                try effects.run("reload") { [tell] in tell(.reloadRead(number, reader.read())) }
                effects.send(.reloadLate(number), ReloadProgress.patience)
            } catch {
                notReloaded(["\(error)"])
            }
        }
    }

    mutating func reloadRead(_ number: Int, _ result: Result<ReloadReader.Found, ReloadReader.ReadFailure>) {
        guard reload.read(number) else { return }
        switch result {
        case .success(let found):
            pendingReload = found
            begin(openings.add(.reload(number)))
        case .failure(.invalid(let reasons)): notReloaded(reasons)
        case .failure(.directory(let error)): notReloaded(["\(error)\(confinement.advice(on: error))"])
        }
    }

    mutating func reloadLate(_ number: Int) {
        guard reload.late(number) else { return }
        notReloaded([
            "cannot read \(path): no answer for \(ReloadProgress.patience) s from the file system of the "
                + "configuration, of a file that it names, or of the directory of a new capture"
        ])
    }

    /// Prepares the taps of a reload on their own thread, when it is its turn.
    mutating func prepareReload(_ number: Int) {
        guard stop == nil, let found = pendingReload.take() else { return begin(openings.finish()) }
        let opener = opener(for: found.settings, found.retentions)
        let states = taps.open.map(\.state)
        do {
            try effects.run("reload") { [tell] in
                let prepared = Reload(opening: opener, taps: states, interfaces: found.interfaces)
                tell(.reloadPrepared(number, Delivery(prepared)))
            }
        } catch {
            notReloaded(["\(error)"])
            begin(openings.finish())
        }
    }

    mutating func reloadPrepared(_ number: Int, _ delivery: Delivery<Reload>) {
        guard var prepared = delivery.take() else { return }
        for tap in taps.all { tap.keep(prepared.unheard) }
        if let refusal = refusal(of: &prepared) {
            dismiss(prepared)
            if stop == nil { notReloaded(refusal) } else { requests.finishReload(.failure(.stopping)) }
            // A tap that could not return to its old filter has ended.
            for interface in interfaces.all where interface.isUp { perform([.open(interface.index)]) }
        } else {
            apply(prepared)
        }
        begin(openings.finish())
    }

    /// Attaches the new filters in the kernel; returns the reasons if that fails.
    private mutating func refusal(of prepared: inout Reload) -> [String]? {
        guard stop == nil else { return ["the daemon is stopping"] }
        if let refusal = prepared.refusal { return [refusal] }
        do {
            let listeners = try control.listen(prepared.settings)
            for index in 0..<prepared.changeovers.count {
                guard let tap = taps[prepared.changeovers[index].tap], !tap.isStopping else { continue }
                try tap.attach(&prepared.changeovers[index])
            }
            control.serve(listeners)
            return nil
        } catch let error as ConfigurationError {
            return error.diagnostics.map { "\($0)" }
        } catch {
            return ["\(error)"]
        }
    }

    /// Discards a prepared reload; the captures stay as they are.
    private mutating func dismiss(_ prepared: consuming Reload) {
        while let changeover = prepared.changeovers.popLast() {
            guard let tap = taps[changeover.tap] else { continue }
            do { try tap.dismiss(changeover) } catch { tap.stop() }
        }
        while let tap = prepared.outcome.dismissed.popLast() { taps.add(tap).stop() }
        while var opened = prepared.outcome.opened.popLast() {
            while let tap = opened.taps.popLast() { taps.add(tap).stop() }
        }
    }

    private mutating func notReloaded(_ reasons: [String]) {
        requests.finishReload(.failure(.wrong(reasons)))
        for reason in reasons { log.error("\(reason)") }
        log.error("reload rejected: the running configuration is unchanged", metadata: .about(.rejected))
        endReload(refused: true)
    }

    private mutating func apply(_ prepared: consuming Reload) {
        tapMoves = TapMoves(from: taps.open)
        for warning in prepared.settings.warnings { log.warning("\(warning)") }
        for dropped in retentions.dropped(by: prepared.retentions) { log.tell(dropped) }
        let isMore = take(prepared.settings, prepared.retentions)
        perform(interfaces.reloaded(settings.captures))
        var missing = 0
        while let changeover = prepared.changeovers.popLast() {
            guard let tap = taps[changeover.tap] else { continue }
            guard !tap.isStopping else {
                try? tap.dismiss(changeover)
                continue
            }
            missing += 1
            coverage.endDrops(ofTap: tap.index)
            tap.serve(changeover) { [tell, number = reload.number] in tell(.changed(reload: number)) }
        }
        if let failure = receive(&prepared.outcome) {
            // An event of the interface will follow.
            log.error("\(failure)")
            for interface in interfaces.all where interface.isUp { perform([.open(interface.index)]) }
        } else if isMore {
            openEverywhere()
        }
        for tap in prepared.ending { taps[tap]?.stop() }
        if reload.isInForce(missing: missing) { reloaded() }
        watchExpiry()
    }

    mutating func reloaded() {
        if let moves = tapMoves.take() { tell(moves) }
        for tap in taps.all { tap.narrow() }
        let microseconds = (Clock.monotonic() - reload.began) / 1000
        let names = settings.captures.map(\.rule.name)
        log.info(
            "reloaded \(path) in \(microseconds) µs: capturing \(names.joined(separator: ", "))",
            metadata: .about(.reloaded, ["microseconds": microseconds, "captures": names.count]))
        requests.finishReload(.success(Reloaded(captures: names, seconds: Double(microseconds) / 1e6)))
        endReload(refused: false)
    }

    private mutating func endReload(refused: Bool) {
        let isFollowed = reload.end(refused: refused)
        manager?.ready()
        tell(.beat)
        if isFollowed { reloadConfiguration() }
    }
}
