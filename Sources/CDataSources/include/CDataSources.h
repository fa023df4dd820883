#ifndef CHANCERY_DATA_SOURCES_H
#define CHANCERY_DATA_SOURCES_H

#include <stddef.h>
#include <stdint.h>

// What Swift cannot call of SQLite: a function with a variable list of arguments. Defensive mode on, functions and views
// of the schema not trusted, no extensions, no double-quoted strings. Zero, or SQLite's code.
int chancery_sqlite_defend(void *database);

// From now on SQLite gets at most so many bytes of memory more on this thread, and answers SQLITE_NOMEM for more; 0: as
// many as it likes. Its own limits are for one value each, and it asks about time between rows only, so that a row of
// many large values would have no bound. An error where memory is not counted, and then nothing is bound.
int chancery_sqlite_bound(int64_t bytes);

// PostgreSQL's client library, loaded when a source needs it and not before: it brings TLS, Kerberos and LDAP with it,
// which a service without such a source never maps. These are all of its functions that are called.

// Zero when the library is loaded; an error otherwise, and then nothing below may be called.
int chancery_pq_load(void);

typedef struct chancery_pq_connection chancery_pq_connection;
typedef struct chancery_pq_result chancery_pq_result;

// `keys` and `values` end with NULL. Begins to connect, without waiting; NULL where there is no memory.
chancery_pq_connection *chancery_pq_connect(const char *const *keys, const char *const *values);
// libpq's PostgresPollingStatusType.
int chancery_pq_connect_poll(chancery_pq_connection *connection);
// libpq's ConnStatusType.
int chancery_pq_status(const chancery_pq_connection *connection);
int chancery_pq_socket(const chancery_pq_connection *connection);
int chancery_pq_set_nonblocking(chancery_pq_connection *connection);
const char *chancery_pq_parameter(const chancery_pq_connection *connection, const char *name);
void chancery_pq_finish(chancery_pq_connection *connection);

// One statement by the extended protocol, results as text. 1 where it was taken.
int chancery_pq_send(
  chancery_pq_connection *connection, const char *statement, int count, const uint32_t *types,
  const char *const *values, const int *lengths, const int *formats);
int chancery_pq_single_rows(chancery_pq_connection *connection);
int chancery_pq_flush(chancery_pq_connection *connection);
int chancery_pq_consume(chancery_pq_connection *connection);
int chancery_pq_is_busy(chancery_pq_connection *connection);
chancery_pq_result *chancery_pq_next(chancery_pq_connection *connection);

// libpq's ExecStatusType.
int chancery_pq_result_status(const chancery_pq_result *result);
// The five characters of SQLSTATE; NULL where there are none.
const char *chancery_pq_result_state(const chancery_pq_result *result);
int chancery_pq_rows(const chancery_pq_result *result);
int chancery_pq_columns(const chancery_pq_result *result);
const char *chancery_pq_column_name(const chancery_pq_result *result, int column);
uint32_t chancery_pq_column_type(const chancery_pq_result *result, int column);
int chancery_pq_is_null(const chancery_pq_result *result, int row, int column);
int chancery_pq_length(const chancery_pq_result *result, int row, int column);
const char *chancery_pq_value(const chancery_pq_result *result, int row, int column);
void chancery_pq_clear(chancery_pq_result *result);

// Bytes that came in by a TCP connection, those among them that nobody has read yet; -1 where the system does not say.
int64_t chancery_socket_received(int socket);
// The system keeps about so many bytes that nobody has read yet, and has the other side wait. The library reads for as
// long as it finds something: a server as fast as it would never let it end.
int chancery_socket_keep(int socket, int bytes);

// A file without a name that holds these bytes, for as long as it is open; its descriptor, or -1.
int chancery_memory_file(const void *bytes, size_t count);

#endif
