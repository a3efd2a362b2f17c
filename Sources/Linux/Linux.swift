// Linux: kernel objects with an owner.
//
// A descriptor, a mapping or a thread is a noncopyable value that releases its object in `deinit`. So each object has
// exactly one owner, and the compiler checks it. Most wrappers are one system call, named in the comment. A failure
// is a `SystemError`, which is a message for the operator. This module knows nothing about packets.
//
//     Files/        Descriptor, Directory, File, FileSystem, Mapping
//     Sockets/      ListeningSocket, Peer, LinkSocket (netlink), DatagramSocket, poll
//     Threads/      DedicatedThread, Monitor, WakeupFlag, Signals, HelperProcess, AbandonableWork
//     Security/     Privileges, Sandbox (Landlock), User, Group
//     Interfaces/   Interface and its name
//     Time/         Clock, WallTimer, CalendarTime
