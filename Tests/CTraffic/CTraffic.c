#define _GNU_SOURCE
#include "CTraffic.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

enum { most = 128 };

int traffic_send(int socket, const void *frames, unsigned stride, const uint16_t *lengths, unsigned count) {
    struct iovec parts[most];
    struct mmsghdr messages[most];
    if (count > most) count = most;
    memset(messages, 0, count * sizeof messages[0]);
    for (unsigned i = 0; i < count; i++) {
        parts[i] = (struct iovec){(char *)frames + (size_t)i * stride, lengths[i]};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    return sendmmsg(socket, messages, count, 0);
}

int traffic_open_tun(const char *name) {
    int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (tun < 0) return -1;
    struct ifreq request = {.ifr_flags = IFF_TUN};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(tun, TUNSETIFF, &request) == 0) return tun;
    close(tun);
    return -1;
}

int traffic_set_hardware_type(int tun, int type) {
    return ioctl(tun, TUNSETLINK, type);
}

int traffic_open_terminal(char *path, unsigned size, uint16_t rows, uint16_t columns) {
    struct winsize window = {.ws_row = rows, .ws_col = columns};
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0) return -1;
    if (grantpt(terminal) == 0 && unlockpt(terminal) == 0 && ptsname_r(terminal, path, size) == 0 &&
        ioctl(terminal, TIOCSWINSZ, &window) == 0)
        return terminal;
    close(terminal);
    return -1;
}

/// Answers the one request without which the kernel would not send another.
static int begin(int server) {
    struct {
        struct fuse_in_header head;
        struct fuse_init_in init;
        char rest[FUSE_MIN_READ_BUFFER];
    } request;
    struct pollfd waiting = {server, POLLIN, 0};
    if (poll(&waiting, 1, 10000) != 1 || read(server, &request, sizeof request) < 0) return -1;
    struct {
        struct fuse_out_header head;
        struct fuse_init_out init;
    } answer = {
        .head = {sizeof answer, 0, request.head.unique},
        .init = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096}};
    return write(server, &answer, sizeof answer) == sizeof answer ? 0 : -1;
}

int traffic_mount_silent(const char *path) {
    int server = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (server < 0) return -1;
    char options[128];
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", server);
    if (mount("silent", path, "fuse", MS_NOSUID | MS_NODEV, options) == 0) {
        if (begin(server) == 0) return server;
        umount2(path, MNT_DETACH);
    }
    close(server);
    return -1;
}

void traffic_unmount(const char *path) {
    umount2(path, MNT_DETACH);
}
