#define _GNU_SOURCE
#include "CDataSources.h"
#include <dlfcn.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

// The library's own header is not needed: its binary interface has not changed since version 5 of the library, which is
// what its name says (PostgreSQL documentation, "libpq - C Library").

static struct {
  chancery_pq_connection *(*connect)(const char *const *, const char *const *, int);
  int (*poll)(chancery_pq_connection *);
  int (*status)(const chancery_pq_connection *);
  int (*socket)(const chancery_pq_connection *);
  int (*nonblocking)(chancery_pq_connection *, int);
  const char *(*parameter)(const chancery_pq_connection *, const char *);
  void (*finish)(chancery_pq_connection *);
  void *(*notices)(chancery_pq_connection *, void (*)(void *, const chancery_pq_result *), void *);
  int (*send)(
    chancery_pq_connection *, const char *, int, const uint32_t *, const char *const *, const int *, const int *, int);
  int (*single)(chancery_pq_connection *);
  int (*flush)(chancery_pq_connection *);
  int (*consume)(chancery_pq_connection *);
  int (*busy)(chancery_pq_connection *);
  chancery_pq_result *(*next)(chancery_pq_connection *);
  int (*result_status)(const chancery_pq_result *);
  char *(*field)(const chancery_pq_result *, int);
  int (*rows)(const chancery_pq_result *);
  int (*columns)(const chancery_pq_result *);
  char *(*name)(const chancery_pq_result *, int);
  uint32_t (*type)(const chancery_pq_result *, int);
  int (*is_null)(const chancery_pq_result *, int, int);
  int (*length)(const chancery_pq_result *, int, int);
  char *(*value)(const chancery_pq_result *, int, int);
  void (*clear)(chancery_pq_result *);
} library;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
// Under `lock`: whether everything was found. Without the library it is looked for again each time, so that installing
// it needs no restart.
static int is_loaded;

static int find(void *handle, const char *name, void *place) {
  void *symbol = dlsym(handle, name);
  *(void **)place = symbol;
  return symbol == NULL;
}

int chancery_pq_load(void) {
  pthread_mutex_lock(&lock);
  if (!is_loaded) {
    void *handle = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    int missing = handle == NULL;
    if (handle != NULL) {
      missing |= find(handle, "PQconnectStartParams", &library.connect);
      missing |= find(handle, "PQconnectPoll", &library.poll);
      missing |= find(handle, "PQstatus", &library.status);
      missing |= find(handle, "PQsocket", &library.socket);
      missing |= find(handle, "PQsetnonblocking", &library.nonblocking);
      missing |= find(handle, "PQparameterStatus", &library.parameter);
      missing |= find(handle, "PQfinish", &library.finish);
      missing |= find(handle, "PQsetNoticeReceiver", &library.notices);
      missing |= find(handle, "PQsendQueryParams", &library.send);
      missing |= find(handle, "PQsetSingleRowMode", &library.single);
      missing |= find(handle, "PQflush", &library.flush);
      missing |= find(handle, "PQconsumeInput", &library.consume);
      missing |= find(handle, "PQisBusy", &library.busy);
      missing |= find(handle, "PQgetResult", &library.next);
      missing |= find(handle, "PQresultStatus", &library.result_status);
      missing |= find(handle, "PQresultErrorField", &library.field);
      missing |= find(handle, "PQntuples", &library.rows);
      missing |= find(handle, "PQnfields", &library.columns);
      missing |= find(handle, "PQfname", &library.name);
      missing |= find(handle, "PQftype", &library.type);
      missing |= find(handle, "PQgetisnull", &library.is_null);
      missing |= find(handle, "PQgetlength", &library.length);
      missing |= find(handle, "PQgetvalue", &library.value);
      missing |= find(handle, "PQclear", &library.clear);
    }
    is_loaded = !missing;
  }
  int code = is_loaded ? 0 : -1;
  pthread_mutex_unlock(&lock);
  return code;
}

// A notice of the server can hold values of rows; the library would print it.
static void ignore_notice(void *context, const chancery_pq_result *result) {
  (void)context;
  (void)result;
}

chancery_pq_connection *chancery_pq_connect(const char *const *keys, const char *const *values) {
  chancery_pq_connection *connection = library.connect(keys, values, 0);
  if (connection != NULL) library.notices(connection, ignore_notice, NULL);
  return connection;
}

int chancery_pq_connect_poll(chancery_pq_connection *connection) { return library.poll(connection); }
int chancery_pq_status(const chancery_pq_connection *connection) { return library.status(connection); }
int chancery_pq_socket(const chancery_pq_connection *connection) { return library.socket(connection); }
int chancery_pq_set_nonblocking(chancery_pq_connection *connection) { return library.nonblocking(connection, 1); }

const char *chancery_pq_parameter(const chancery_pq_connection *connection, const char *name) {
  return library.parameter(connection, name);
}

void chancery_pq_finish(chancery_pq_connection *connection) { library.finish(connection); }

int chancery_pq_send(
  chancery_pq_connection *connection, const char *statement, int count, const uint32_t *types,
  const char *const *values, const int *lengths, const int *formats) {
  return library.send(connection, statement, count, types, values, lengths, formats, 0);
}

int chancery_pq_single_rows(chancery_pq_connection *connection) { return library.single(connection); }
int chancery_pq_flush(chancery_pq_connection *connection) { return library.flush(connection); }
int chancery_pq_consume(chancery_pq_connection *connection) { return library.consume(connection); }
int chancery_pq_is_busy(chancery_pq_connection *connection) { return library.busy(connection); }
chancery_pq_result *chancery_pq_next(chancery_pq_connection *connection) { return library.next(connection); }
int chancery_pq_result_status(const chancery_pq_result *result) { return library.result_status(result); }

// 'C' is PG_DIAG_SQLSTATE.
const char *chancery_pq_result_state(const chancery_pq_result *result) { return library.field(result, 'C'); }
int chancery_pq_rows(const chancery_pq_result *result) { return library.rows(result); }
int chancery_pq_columns(const chancery_pq_result *result) { return library.columns(result); }

const char *chancery_pq_column_name(const chancery_pq_result *result, int column) {
  return library.name(result, column);
}

uint32_t chancery_pq_column_type(const chancery_pq_result *result, int column) { return library.type(result, column); }

int chancery_pq_is_null(const chancery_pq_result *result, int row, int column) {
  return library.is_null(result, row, column);
}

int chancery_pq_length(const chancery_pq_result *result, int row, int column) {
  return library.length(result, row, column);
}

const char *chancery_pq_value(const chancery_pq_result *result, int row, int column) {
  return library.value(result, row, column);
}

void chancery_pq_clear(chancery_pq_result *result) { library.clear(result); }

int64_t chancery_socket_received(int socket) {
  struct tcp_info info = {0};
  socklen_t size = sizeof info;
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return -1;
  if (size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received) return -1;
  return (int64_t)info.tcpi_bytes_received;
}

int chancery_socket_keep(int socket, int bytes) {
  return setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

int chancery_memory_file(const void *bytes, size_t count) {
  int file = memfd_create("trust", MFD_CLOEXEC);
  if (file < 0) return -1;
  const char *next = bytes;
  while (count > 0) {
    ssize_t written = write(file, next, count);
    if (written <= 0) {
      close(file);
      return -1;
    }
    next += written;
    count -= (size_t)written;
  }
  return file;
}
