import Capture
import Control
import Linux
import Logging
import Settings

/// Changing the configuration. What has to change is worked out by `Reload`.
extension Supervisor {
    mutating func reloadConfiguration() {
        guard stop == nil else { return orders.finishReload(.failure(.stopping)) }
        guard reload == nil else {
            reloadsAgain = true
            return
        }
        let began = Clock.monotonic()
        manager?.reloading()
        do {
            let (next, interfaces) = try Settings.checked(path, with: compilers)
            let listeners = try control.listen(next)
            let retentions = try Reload.retentions(retentions, for: next, log: log)
            let change = try Reload(
                next, retentions: retentions, taps: taps.values.filter { !$0.isStopping }, interfaces: interfaces,
                compilers: compilers)
            do { try change.attach() } catch {
                notReloaded([error])
                // A tap that could not go on as it was has ended.
                for interface in links.values { openOrRetry(on: interface) }
                return
            }
            control.serve(listeners)
            putInForce(change, since: began)
        } catch let error as ConfigurationError {
            notReloaded(error.mistakes)
        } catch let error as SystemError {
            notReloaded(["\(error)\(confinement.advice(on: error))"])
        } catch {
            notReloaded([error])
        }
    }

    private mutating func notReloaded(_ reasons: [Any]) {
        failedReloads += 1
        orders.finishReload(.failure(.wrong(reasons.map { "\($0)" })))
        isRefused = true
        for reason in reasons { log.error("\(reason)") }
        log.error("not reloaded: the captures go on as they are")
        manager?.ready()
        tell(.beat)
    }

    private mutating func putInForce(_ change: Reload, since began: UInt64) {
        for warning in change.settings.warnings { log.warning("\(warning)") }
        for dropped in retentions.dropped(by: change.retentions) { log.tell(dropped) }
        (settings, retentions, loaded) = (change.settings, change.retentions, .now)
        retentions.putInForce(settings.captures.map(\.rule), freeSpace: settings.freeSpace)
        for notice in change.notices { log.notice("\(notice)") }
        reloads += 1
        refusals = [:]
        for (tap, _) in change.changes { tap.serve { [tell, reloads] in tell(.changed(reload: reloads)) } }
        for rule in change.beginning {
            do throws(TapError) { try start(rule) } catch { failed(on: rule.interface, error) }
        }
        for tap in change.ending { tap.stop() }
        reload = (reloads, missing: change.changes.count, began)
        if change.changes.isEmpty { reloaded() }
        tellWaiting()
        watchExpiry()
    }

    mutating func changed(_ number: Int) {
        guard reload?.number == number else { return }
        reload?.missing -= 1
        if reload?.missing == 0 { reloaded() }
    }

    private mutating func reloaded() {
        guard let done = reload else { return }
        reload = nil
        for tap in taps.values { tap.settle() }
        let microseconds = (Clock.monotonic() - done.began) / 1000
        let names = settings.captures.map(\.rule.name)
        log.info("reloaded \(path) in \(microseconds) µs: capturing \(names.joined(separator: ", "))")
        orders.finishReload(.success(Reloaded(captures: names, seconds: Double(microseconds) / 1e6)))
        isRefused = false
        manager?.ready()
        tell(.beat)
        if reloadsAgain {
            reloadsAgain = false
            reloadConfiguration()
        }
    }
}
