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
