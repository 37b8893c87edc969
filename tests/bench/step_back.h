#pragma once

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

// What stands for the other end of a connection would run on another machine. On this one it goes
// behind those that are measured, woken no earlier than they let it, as the emulator's own thread
// for webhooks does. Of the calling process, which has one thread; its timers are exact all the
// same.
inline void step_back() {
  constexpr int kNiceness = 10;
  ::setpriority(PRIO_PROCESS, 0, kNiceness);
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_BATCH, &none);
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}
