// The only process of a small Linux guest: it loads drivers, and tells over the serial console what the
// keyboard types and what the camera's serial port says.
//
//   to the test:   READY | KEY code value | LED code value | ACM hex | BYE
//   from the test: LED code value | ACM hex | OPEN path | IOCTL number value | IOCTL number hex (bytes) | WRITE hex | CLOSE
//
// The last four are system calls, each answered by DONE and its result: what a program would do with /dev/uinput. The
// keys of the keyboard that it makes are told as those of the USB keyboard are.
#include <dirent.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

static void load_modules(void) {
  FILE* list = fopen("/modules.txt", "r");
  char name[256];
  while (list != NULL && fgets(name, sizeof(name), list) != NULL) {
    name[strcspn(name, "\n")] = 0;
    int file = open(name, O_RDONLY);
    if (file < 0 || syscall(SYS_finit_module, file, "", 0) != 0) printf("FAILED %s\n", name);
    close(file);
  }
}

// The keyboard is the event device on USB that has a Caps Lock light; the PC has one of its own (PS/2). One that uinput
// has made is on the virtual bus.
static int open_keyboard(unsigned bus) {
  for (int number = 0; number < 8; ++number) {
    char path[32];
    unsigned char lights[1] = {0};
    struct input_id id = {0};
    snprintf(path, sizeof(path), "/dev/input/event%d", number);
    int file = open(path, O_RDWR | O_NONBLOCK);
    if (file < 0) continue;
    int has_lights =
        ioctl(file, EVIOCGBIT(EV_LED, sizeof(lights)), lights) > 0 && (lights[0] >> LED_CAPSL & 1);
    if ((has_lights || bus != BUS_USB) && ioctl(file, EVIOCGID, &id) == 0 && id.bustype == bus) return file;
    close(file);
  }
  return -1;
}

static int open_serial(void) {
  int file = open("/dev/ttyACM0", O_RDWR | O_NONBLOCK | O_NOCTTY);
  struct termios raw;
  if (file >= 0 && tcgetattr(file, &raw) == 0) {
    cfmakeraw(&raw);
    tcsetattr(file, TCSANOW, &raw);
  }
  return file;
}

static size_t read_hex(const char* text, unsigned char* bytes, size_t room) {
  size_t count = 0;
  for (unsigned byte; count < room && sscanf(text + 2 * count, "%2x", &byte) == 1; ++count)
    bytes[count] = (unsigned char)byte;
  return count;
}

// A system call on the one file that the test has open; nothing if the line asks for none.
static int system_call(const char* line) {
  static int file = -1;
  static unsigned char bytes[8192];
  unsigned long number, value;
  char word[512], path[64];
  long result;
  if (sscanf(line, "OPEN %63s", path) == 1) {
    result = file = open(path, O_WRONLY | O_NONBLOCK);
  } else if (sscanf(line, "IOCTL %lu bytes %511s", &number, word) == 2) {
    read_hex(word, bytes, sizeof(bytes));
    result = ioctl(file, number, bytes);
  } else if (sscanf(line, "IOCTL %lu %lu", &number, &value) == 2) {
    result = ioctl(file, number, value);
  } else if (strncmp(line, "WRITE ", 6) == 0) {
    result = write(file, bytes, read_hex(line + 6, bytes, sizeof(bytes)));
  } else if (strcmp(line, "CLOSE") == 0) {
    result = close(file);
  } else {
    return 0;
  }
  printf("DONE %ld\n", result);
  return 1;
}

static void command(char* line, int keyboard, int serial) {
  int code, value;
  if (system_call(line)) return;
  if (sscanf(line, "LED %d %d", &code, &value) == 2) {
    struct input_event events[2] = {{.type = EV_LED, .code = code, .value = value}, {.type = EV_SYN}};
    if (write(keyboard, events, sizeof(events)) < 0) printf("FAILED LED\n");
  } else if (strncmp(line, "ACM ", 4) == 0) {
    unsigned char bytes[64];
    ssize_t count = 0;
    for (char* at = line + 4; at[0] && at[1] && count < 64; at += 2) {
      unsigned byte;
      sscanf(at, "%2x", &byte);
      bytes[count++] = (unsigned char)byte;
    }
    if (write(serial, bytes, (size_t)count) != count) printf("FAILED ACM\n");
  }
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  int console = open("/dev/ttyS0", O_RDWR | O_NOCTTY);
  struct termios raw;
  tcgetattr(console, &raw);
  cfmakeraw(&raw);
  tcsetattr(console, TCSANOW, &raw);
  dup2(console, 0);
  dup2(console, 1);
  mount("proc", "/proc", "proc", 0, NULL);
  mount("sysfs", "/sys", "sysfs", 0, NULL);
  load_modules();
  int keyboard = -1, serial = -1, said_ready = 0, made = -1;
  char line[1024];
  size_t used = 0;
  for (;;) {
    if (keyboard < 0) keyboard = open_keyboard(BUS_USB);
    if (made < 0) made = open_keyboard(BUS_VIRTUAL);
    if (serial < 0) serial = open_serial();
    if (!said_ready && keyboard >= 0 && serial >= 0) {
      printf("READY\n");
      said_ready = 1;
    }
    struct pollfd files[] = {{0, POLLIN, 0}, {keyboard, POLLIN, 0}, {serial, POLLIN, 0}, {made, POLLIN, 0}};
    poll(files, 4, said_ready ? 1000 : 50);
    if (made >= 0 && files[3].revents != 0) {
      struct input_event event;
      while (read(made, &event, sizeof(event)) == sizeof(event)) {
        if (event.type == EV_KEY) printf("KEY %d %d\n", event.code, event.value);
      }
      if (files[3].revents & (POLLHUP | POLLERR)) {
        close(made);
        made = -1;
        printf("BYE\n");
      }
    }
    if (files[1].revents != 0) {
      struct input_event event;
      ssize_t count;
      while ((count = read(keyboard, &event, sizeof(event))) == sizeof(event)) {
        if (event.type == EV_KEY) printf("KEY %d %d\n", event.code, event.value);
        if (event.type == EV_LED) printf("LED %d %d\n", event.code, event.value);
      }
      if (files[1].revents & (POLLHUP | POLLERR)) {
        close(keyboard);
        keyboard = -1;
        said_ready = 0;
        printf("BYE\n");
      }
    }
    if (serial >= 0 && files[2].revents != 0) {
      unsigned char bytes[64];
      ssize_t count = read(serial, bytes, sizeof(bytes));
      if (count > 0) {
        printf("ACM ");
        for (ssize_t i = 0; i < count; ++i) printf("%02x", bytes[i]);
        printf("\n");
      } else if (files[2].revents & (POLLHUP | POLLERR)) {
        close(serial);
        serial = -1;
        said_ready = 0;
      }
    }
    if (files[0].revents & POLLIN) {
      ssize_t count = read(0, line + used, sizeof(line) - 1 - used);
      if (count > 0) used += (size_t)count;
      line[used] = 0;
      char* end;
      while ((end = strchr(line, '\n')) != NULL) {
        *end = 0;
        command(line, keyboard, serial);
        used -= (size_t)(end + 1 - line);
        memmove(line, end + 1, used + 1);
      }
    }
  }
}
