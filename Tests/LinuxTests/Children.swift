import Glibc

/// Takes note of the children of earlier tests that have ended. An exit test waits for any child of the process, and would find
/// the same ended one again and again.
func reapChildren() {
    while waitpid(-1, nil, WNOHANG) > 0 {}
}
