import Glibc

/// Reaps the ended children of earlier tests. An exit test waits for any child of the process, and would find the
/// same ended child again and again.
func reapChildren() {
    while waitpid(-1, nil, WNOHANG) > 0 {}
}
