#include "CDataSources.h"

// Of sqlite3.h, whose numbers never change (https://sqlite.org/c3ref/c_dbconfig_defensive.html).
enum {
  SQLITE_DBCONFIG_ENABLE_FKEY = 1002,
  SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER = 1004,
  SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION = 1005,
  SQLITE_DBCONFIG_DEFENSIVE = 1010,
  SQLITE_DBCONFIG_WRITABLE_SCHEMA = 1011,
  SQLITE_DBCONFIG_DQS_DML = 1013,
  SQLITE_DBCONFIG_DQS_DDL = 1014,
  SQLITE_DBCONFIG_TRUSTED_SCHEMA = 1017,
};

extern int sqlite3_db_config(void *, int, ...);

int chancery_sqlite_defend(void *database) {
  const int settings[][2] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1}, {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0}, {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0}, {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0}, {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
  };
  for (unsigned index = 0; index < sizeof settings / sizeof settings[0]; index++) {
    int holds = -1;
    int code = sqlite3_db_config(database, settings[index][0], settings[index][1], &holds);
    if (code != 0) return code;
    if (holds != settings[index][1]) return 1;
  }
  return 0;
}

// Of sqlite3.h: struct sqlite3_mem_methods, and the options of sqlite3_config that take one.
typedef struct {
  void *(*allocate)(int);
  void (*release)(void *);
  void *(*resize)(void *, int);
  int (*size)(void *);
  int (*round)(int);
  int (*begin)(void *);
  void (*end)(void *);
  void *data;
} memory_methods;

enum { SQLITE_CONFIG_MALLOC = 4, SQLITE_CONFIG_GETMALLOC = 5, SQLITE_CONFIG_MEMSTATUS = 9 };

extern int sqlite3_config(int, ...);

static memory_methods usual;
// Set before main, and not changed after.
static int is_counted;
static _Thread_local int64_t used;
static _Thread_local int64_t most;

static int is_too_much(int64_t more) { return most > 0 && used + more > most; }

static void *allocate(int count) {
  if (is_too_much(count)) return NULL;
  void *memory = usual.allocate(count);
  if (memory != NULL) used += usual.size(memory);
  return memory;
}

static void release(void *memory) {
  used -= usual.size(memory);
  usual.release(memory);
}

static void *resize(void *memory, int count) {
  int before = usual.size(memory);
  if (is_too_much((int64_t)count - before)) return NULL;
  void *resized = usual.resize(memory, count);
  if (resized != NULL) used += usual.size(resized) - before;
  return resized;
}

// SQLite takes it only before it is used for the first time.
__attribute__((constructor)) static void count_memory(void) {
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual) != 0) return;
  memory_methods counting = usual;
  counting.allocate = allocate;
  counting.release = release;
  counting.resize = resize;
  is_counted = sqlite3_config(SQLITE_CONFIG_MALLOC, &counting) == 0;
  // Its own count is one for all threads, behind one lock.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int chancery_sqlite_bound(int64_t bytes) {
  if (!is_counted) return 1;
  used = 0;
  most = bytes;
  return 0;
}
