// What the tests need from the kernel and Swift cannot import: a GNU-only call, and ioctl numbers made by macros with
// casts.
#ifndef HOLDFAST_CTRAFFIC_H
#define HOLDFAST_CTRAFFIC_H

#include <stdint.h>

/// Sends `count` frames (at most 128) with one system call; frame i has `lengths[i]` bytes at `frames + i * stride`.
/// Returns how many were sent, or -1 and errno when the first could not be. See sendmmsg(2).
int traffic_send(int socket, const void *_Nonnull frames, unsigned stride, const uint16_t *_Nonnull lengths,
                 unsigned count);

/// Makes a tun device called `name`, which carries packets without a link header, and returns its descriptor; -1 and
/// errno when that fails. Each packet has a struct tun_pi before it. See Documentation/networking/tuntap.rst.
int traffic_open_tun(const char *_Nonnull name);

/// Gives a tun device, which must be down, another ARPHRD_ type. Returns 0, or -1 and errno.
int traffic_set_hardware_type(int tun, int type);

/// Opens a pseudoterminal of so many rows and columns; returns the descriptor of the side that sees and types, -1 and
/// errno when that fails. `path` gets, in at most `size` bytes, where a program finds the other side. See pty(7).
int traffic_open_terminal(char *_Nonnull path, unsigned size, uint16_t rows, uint16_t columns);

/// Mounts at `path` a file system whose server is to take every request and never answer, and returns the server's
/// descriptor, which does not block; -1 and errno when that fails. See Documentation/filesystems/fuse.rst.
int traffic_mount_silent(const char *_Nonnull path);
/// Unmounts what is at `path`, also when it is in use.
void traffic_unmount(const char *_Nonnull path);

#endif
