// Linux: kernel objects with an owner.
//
// A descriptor, a mapping, a thread: each is a value that cannot be copied and gives its object back in `deinit`, so that
// the question "who closes this?" has one answer and the compiler knows it. Every wrapper is one system call, named in
// its comment, and reports failure as a `SystemError`, which is a sentence for the operator. Nothing here knows packets.
