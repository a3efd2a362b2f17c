// Kernel interfaces that Swift's Glibc module does not have.
//
// A shim exists for one of three reasons:
//   * constants and struct layouts whose macros contain casts or sizeof, which Swift cannot import;
//   * calls that glibc declares only under _GNU_SOURCE. A module's header must never define that macro, because it
//     changes system structs between modules. So these calls are functions in shim.c;
//   * an address that takes four lines of unsafe Swift and one line of C.
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

/// GNU-only calls and flags. The value of one flag depends on the architecture.
extern const int holdfast_o_direct;
extern const int holdfast_o_path;
/// May be newer than the C library (Linux 6.1).
enum { holdfast_madv_collapse = 25 };
/// Prefetches the memory at `address`. Never fails.
static inline void holdfast_prefetch(const void *_Nonnull address) { __builtin_prefetch(address); }
int holdfast_setname(const char *_Nonnull name);
/// Whether the calling thread is the first thread of the process.
int holdfast_is_first_thread(void);
/// Makes all threads share one heap. See mallopt(3), M_ARENA_MAX.
void holdfast_share_heap(void);
/// Pins the calling thread to one processor.
int holdfast_pin(int cpu);
/// Whether the calling thread may run on a processor: it exists, is online, and belongs to the thread's cpuset.
int holdfast_may_run_on(int cpu);
int holdfast_rename_noreplace(int directory, const char *_Nonnull from, const char *_Nonnull to);
/// fallocate with FALLOC_FL_KEEP_SIZE.
int holdfast_reserve(int descriptor, int64_t offset, int64_t length);
int holdfast_start_writeback(int descriptor, int64_t offset, int64_t length);
/// Binds a packet socket to a frame type (0: keeps the current one) on an interface (0: all). See packet(7).
int holdfast_bind_packet_socket(int socket, uint16_t type, int interface);
int holdfast_ppoll(struct pollfd *_Nonnull fds, unsigned count, const struct timespec *_Nullable timeout);

/// Starts `program` with one argument, in its own process group and with every signal blocked. `socket` becomes its
/// standard input; it inherits standard output and error and no other descriptor. Returns 0 or an error number. A
/// shim, because the attributes and actions of posix_spawn(3) are opaque to Swift.
int holdfast_spawn(const char *_Nonnull program, const char *_Nonnull argument, int socket, pid_t *_Nonnull id);
/// Calls `each` with the path of the loader and of each loaded library. See dl_iterate_phdr(3).
void holdfast_loaded_objects(void (*_Nonnull each)(const char *_Nonnull path, void *_Nonnull context),
                             void *_Nonnull context);

/// The peer of a connected Unix socket at the time of the connection: SO_PEERCRED, whose struct glibc hides. See
/// unix(7).
int holdfast_peer(int socket, int32_t *_Nonnull process, uint32_t *_Nonnull user, uint32_t *_Nonnull group);
/// May be newer than the C library's headers (Linux 4.13).
enum { holdfast_so_peergroups = 59 };
/// May be newer than the C library's headers (Linux 4.15).
enum { holdfast_ipv6_freebind = 78 };

/// glibc has no functions for Landlock. See landlock(7).
int holdfast_landlock_version(void);
/// Creates a rule set for the rights in `files` and `network`; pass 0 for `network` if the kernel's version has none.
int holdfast_landlock_create(uint64_t files, uint64_t network);
/// Allows `access` to the open file or directory `parent`, and to everything below it.
int holdfast_landlock_allow(int rules, uint64_t access, int parent);
int holdfast_landlock_restrict(int rules);

#endif
