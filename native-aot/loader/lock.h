/* A lock for what is done seldom. */
#ifndef FASTADAM_LOCK_H
#define FASTADAM_LOCK_H

#if defined(_WIN32)
#  include <windows.h>
typedef SRWLOCK lock;
#  define LOCK_INIT SRWLOCK_INIT
static inline void lock_take(lock *l) { AcquireSRWLockExclusive(l); }
static inline void lock_release(lock *l) { ReleaseSRWLockExclusive(l); }
#else
#  include <pthread.h>
typedef pthread_mutex_t lock;
#  define LOCK_INIT PTHREAD_MUTEX_INITIALIZER
static inline void lock_take(lock *l) { pthread_mutex_lock(l); }
static inline void lock_release(lock *l) { pthread_mutex_unlock(l); }
#endif

#endif
