/*
 * Preloaded into User-Mode Linux on a machine whose processor has AMX. That kernel keeps 2.7 KB of a process's
 * registers, and the host wants all of them or none (EFAULT: "ptrace set fp regs failed, errno = 14", a panic at boot).
 * So what it does not know of is left as the process has it. Nothing in the guest may use that: it takes a permission.
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char whole[65536] __attribute__((aligned(64)));

long ptrace(enum __ptrace_request request, ...)
{
	va_list rest;
	va_start(rest, request);
	pid_t pid = va_arg(rest, pid_t);
	void *at = va_arg(rest, void *);
	void *data = va_arg(rest, void *);
	va_end(rest);

	if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER) {
		long word;
		if (syscall(SYS_ptrace, request, pid, at, &word) < 0)
			return -1;
		errno = 0;
		return word;
	}
	if ((request != PTRACE_GETREGSET && request != PTRACE_SETREGSET) || (long)at != NT_X86_XSTATE)
		return syscall(SYS_ptrace, request, pid, at, data);

	struct iovec *known = data;
	struct iovec all = { whole, sizeof(whole) };
	if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, at, &all) < 0)
		return -1;
	if (known->iov_len > all.iov_len)
		known->iov_len = all.iov_len;
	if (request == PTRACE_SETREGSET) {
		memcpy(whole, known->iov_base, known->iov_len);
		return syscall(SYS_ptrace, request, pid, at, &all);
	}
	memcpy(known->iov_base, whole, known->iov_len);
	return 0;
}
