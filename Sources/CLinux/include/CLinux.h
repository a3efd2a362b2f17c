// The border to the kernel's own headers, which Swift's Glibc module does not carry.
//
// Two kinds of shim stand here, each for one reason:
//   * constants and struct layouts whose macros hold casts or sizeof, which Swift cannot import;
//   * calls that glibc declares only under _GNU_SOURCE. That macro must never be defined in a module's header
//     (it changes system structs between modules), so these are functions in shim.c.
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
#include <sys/poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <time.h>

/// GNU-only calls.
int holdfast_setname(const char *_Nonnull name);
int holdfast_rename_noreplace(int directory, const char *_Nonnull from, const char *_Nonnull to);
int holdfast_start_writeback(int descriptor, int64_t offset, int64_t length);
int holdfast_ppoll(struct pollfd *_Nonnull fds, unsigned count, const struct timespec *_Nullable timeout);

#endif
