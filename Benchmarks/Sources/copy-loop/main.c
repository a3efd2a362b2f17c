// copy-loop INTERFACE FILE: the minimum of a program that writes a capture file from a ring.
//
// One thread in C takes blocks from a ring like Holdfast's, copies each packet after a record header into a buffer of
// huge pages, and writes the buffers with direct I/O. It has no filter, counters, rotation or clock, and checks no
// errors. Costs of a capture program beyond this are its own; the costs of this program are the machine's.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { block_size = 1 << 20, block_count = 64, buffer_size = 4 << 20, huge_page = 2 << 20 };

static volatile sig_atomic_t is_stopped;
static void stop(int signal) { is_stopped = signal; }

static void check(int is_fine, const char *what) {
  if (is_fine) return;
  perror(what);
  exit(1);
}

// A ring of 64 blocks of 1 MiB. The kernel hands over each block after at most 60 ms.
static int open_ring(const char *interface, char **ring) {
  int tap = socket(AF_PACKET, SOCK_RAW, 0), version = TPACKET_V3;
  check(tap >= 0, "socket");
  check(setsockopt(tap, SOL_PACKET, PACKET_VERSION, &version, sizeof version) == 0, "PACKET_VERSION");
  struct tpacket_req3 request = {block_size, block_count, block_size, block_count, 60, 0, 0};
  check(setsockopt(tap, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) == 0, "PACKET_RX_RING");
  *ring = mmap(0, (size_t)block_size * block_count, PROT_READ | PROT_WRITE, MAP_SHARED, tap, 0);
  check(*ring != MAP_FAILED, "mmap");
  struct sockaddr_ll address = {AF_PACKET, htons(ETH_P_ALL), (int)if_nametoindex(interface)};
  check(bind(tap, (void *)&address, sizeof address) == 0, interface);
  return tap;
}

static char *make_buffer(void) {
  char *memory = mmap(0, buffer_size + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(memory != MAP_FAILED, "mmap");
  char *buffer = (char *)(((uintptr_t)memory + huge_page - 1) & ~(uintptr_t)(huge_page - 1));
  madvise(buffer, buffer_size, MADV_HUGEPAGE);
  return memset(buffer, 0, buffer_size);
}

int main(int count, char **arguments) {
  if (count != 3) return fputs("usage: copy-loop INTERFACE FILE\n", stderr), 64;
  char *ring, *buffers[] = {make_buffer(), make_buffer()}, *buffer = buffers[0];
  int tap = open_ring(arguments[1], &ring), turn = 0;
  int file = open(arguments[2], O_CREAT | O_WRONLY | O_TRUNC | O_DIRECT, 0644);
  check(file >= 0, arguments[2]);
  struct sigaction action = {.sa_handler = stop};
  sigaction(SIGINT, &action, 0);

  const uint32_t header[] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, 262144, 1};
  size_t filled = sizeof header;
  off_t written = 0;
  memcpy(buffer, header, sizeof header);
  for (int next = 0; !is_stopped;) {
    struct tpacket_block_desc *block = (void *)(ring + (size_t)next * block_size);
    if (!(__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) {
      poll(&(struct pollfd){tap, POLLIN, 0}, 1, 1000);
      continue;
    }
    char *packet = (char *)block + block->hdr.bh1.offset_to_first_pkt;
    for (uint32_t left = block->hdr.bh1.num_pkts; left > 0; left--) {
      struct tpacket3_hdr *info = (void *)packet;
      char *bytes = packet + info->tp_mac;
      packet += info->tp_next_offset;
      __builtin_prefetch(packet);
      __builtin_prefetch(packet + 64);
      const uint32_t record[] = {info->tp_sec, info->tp_nsec, info->tp_snaplen, info->tp_len};
      if (filled + sizeof record + info->tp_snaplen > buffer_size) {
        size_t whole = filled & ~(size_t)4095;
        check(pwrite(file, buffer, whole, written) == (ssize_t)whole, "pwrite");
        written += whole;
        char *full = buffer;
        buffer = buffers[turn ^= 1];
        memcpy(buffer, full + whole, filled -= whole);
      }
      memcpy(buffer + filled, record, sizeof record);
      memcpy(buffer + filled + sizeof record, bytes, info->tp_snaplen);
      filled += sizeof record + info->tp_snaplen;
    }
    __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    next = (next + 1) % block_count;
  }
  file = open(arguments[2], O_WRONLY);
  check(pwrite(file, buffer, filled, written) == (ssize_t)filled, "pwrite");
}
