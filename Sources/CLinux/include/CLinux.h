// The border to the kernel's own headers, which Swift's Glibc module does not carry.
//
// Three kinds of shim stand here, each for one reason:
//   * constants and struct layouts whose macros hold casts or sizeof, which Swift cannot import;
//   * calls that glibc declares only under _GNU_SOURCE. That macro must never be defined in a module's header
//     (it changes system structs between modules), so these are functions in shim.c;
//   * an address that takes four lines of unsafe Swift and one of C.
#ifndef HOLDFAST_CLINUX_H
#define HOLDFAST_CLINUX_H

#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <time.h>

/// GNU-only calls, and flags, one of which has another value on every processor.
extern const int holdfast_o_direct;
extern const int holdfast_o_path;
/// Newer than the C library may be (Linux 6.1).
enum { holdfast_madv_collapse = 25 };
/// Brings the memory at `address` near, for somebody who will read it soon; never fails.
static inline void holdfast_prefetch(const void *_Nonnull address) { __builtin_prefetch(address); }
int holdfast_setname(const char *_Nonnull name);
/// Whether the calling thread is the process's first one.
int holdfast_is_first_thread(void);
/// One heap for all threads. See mallopt(3), M_ARENA_MAX.
void holdfast_share_heap(void);
/// The calling thread runs on this processor alone.
int holdfast_pin(int cpu);
/// Whether the calling thread may: the processor is there, online, and not for others alone.
int holdfast_may_run_on(int cpu);
int holdfast_rename_noreplace(int directory, const char *_Nonnull from, const char *_Nonnull to);
/// fallocate with FALLOC_FL_KEEP_SIZE.
int holdfast_reserve(int descriptor, int64_t offset, int64_t length);
int holdfast_start_writeback(int descriptor, int64_t offset, int64_t length);
/// Binds a packet socket to frames of a type (0 keeps the one it has) on an interface (0: all). See packet(7).
int holdfast_bind_packet_socket(int socket, uint16_t type, int interface);
int holdfast_ppoll(struct pollfd *_Nonnull fds, unsigned count, const struct timespec *_Nullable timeout);

/// Starts `program` with the argument `argument` as a process group of its own, every signal blocked. Its standard input is
/// `socket`; its output and errors are this process's, and it has no other descriptor. Returns 0 or an error number. See
/// posix_spawn(3), whose attributes and actions are opaque to Swift.
int holdfast_spawn(const char *_Nonnull program, const char *_Nonnull argument, int socket, pid_t *_Nonnull id);
/// The paths of the files that this process runs with, one by one: the loader, libraries. See dl_iterate_phdr(3).
void holdfast_loaded_objects(void (*_Nonnull each)(const char *_Nonnull path, void *_Nonnull context),
                             void *_Nonnull context);

/// The other end of a connected Unix socket when it connected: SO_PEERCRED, whose struct glibc hides. See unix(7).
int holdfast_peer(int socket, int32_t *_Nonnull process, uint32_t *_Nonnull user, uint32_t *_Nonnull group);
/// Newer than the C library's headers may be (Linux 4.13).
enum { holdfast_so_peergroups = 59 };
/// Likewise (Linux 4.15).
enum { holdfast_ipv6_freebind = 78 };

/// Landlock has no functions in glibc. See landlock(7).
int holdfast_landlock_version(void);
/// A rule set for what `files` and `network` name; network is left out where the kernel's version has none.
int holdfast_landlock_create(uint64_t files, uint64_t network);
/// Allows `access` to the file or below the folder that `parent` has open.
int holdfast_landlock_allow(int rules, uint64_t access, int parent);
int holdfast_landlock_restrict(int rules);

#endif
