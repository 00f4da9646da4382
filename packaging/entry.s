# What the executable begins with (environment.mjs puts entry.hex there, which is this assembled), before anything of Node's. The stack is as the kernel has
# laid it: argc, argv, 0, envp, 0; the loader has been there. rdx and rsp must stay as they are, the rest is free.
.intel_syntax noprefix
.set AT_MOST_ERROR, -4095
.set MIN_ADDRESS_SPACE, 1 << 31
.set MIN_DATA, 1 << 31
.set MIN_STACK, 1 << 20
.set MIN_DESCRIPTORS, 32
# Five of Node's, of which it waits for some for ever, and a few to wait for system calls.
.set MIN_THREADS, 12
# A thread as clone(2) makes it: CLONE_VM, _FS, _FILES, _SIGHAND, _THREAD and _SYSVSEM.
.set A_THREAD, 0x50f00
# Which of the two is looked at.
.set SOFT, 0
.set HARD, 8

entry:
        endbr64
        mov     r12, rdx

# Where there is too little Node ends in its own words, or never.
        sub     rsp, 16
        lea     rbx, [rip + limits]
limit:
        movzx   edi, byte ptr [rbx]
        mov     rsi, rsp
        mov     eax, 97                 # getrlimit
        syscall
        movsx   rsi, word ptr [rbx + 2]
        add     rsi, rbx
        movzx   ecx, byte ptr [rbx + 1]
        mov     eax, [rbx + 4]
        cmp     [rsp + rcx], rax
        jb      fail
        add     rbx, 8
        lea     rax, [rip + end_of_limits]
        cmp     rbx, rax
        jb      limit
        add     rsp, 16

# Where stdout is closed Node opens /dev/null in its place, and a result would be lost unseen.
        mov     edi, 1
        mov     esi, 1                  # F_GETFD
        mov     eax, 72                 # fcntl
        syscall
        lea     rsi, [rip + no_stdout]
        test    eax, eax
        js      fail

# V8 makes code as it goes, and ends with a trap where it may not: mmap(2) of a page to write to and to execute.
        xor     edi, edi
        mov     esi, 4096
        mov     edx, 7                  # PROT_READ | PROT_WRITE | PROT_EXEC
        mov     r10d, 0x22              # MAP_PRIVATE | MAP_ANONYMOUS
        mov     r8, -1
        xor     r9d, r9d
        mov     eax, 9                  # mmap
        syscall
        lea     rsi, [rip + no_code]
        cmp     rax, AT_MOST_ERROR
        jae     fail
        mov     rdi, rax
        mov     esi, 4096
        mov     eax, 11                 # munmap
        syscall

# How many threads may be started neither a limit nor a count tells: the user has other processes, and the group that this one is
# in has others. So they are started, and wait until all are there or one could not be.
.set START, 0                           # what they wait for, on the stack that all of them share
.set LEFT, 4                            # how many use that no more
.set IDS, 8
        sub     rsp, 64
        mov     qword ptr [rsp], 0
        mov     ebx, MIN_THREADS
thread:
        mov     edi, A_THREAD
        xor     esi, esi
        xor     edx, edx
        xor     r10d, r10d
        xor     r8d, r8d
        mov     eax, 56                 # clone
        syscall
        test    rax, rax
        jz      started
        js      enough
        mov     ecx, MIN_THREADS
        sub     ecx, ebx
        mov     [rsp + rcx*4 + IDS], eax
        dec     ebx
        jnz     thread
enough:
        mov     dword ptr [rsp + START], 1
        lea     rdi, [rsp + START]
        mov     esi, 0x81               # FUTEX_WAKE | FUTEX_PRIVATE_FLAG
        mov     edx, MIN_THREADS
        mov     eax, 202                # futex
        syscall
        mov     ebp, MIN_THREADS
        sub     ebp, ebx
leaving:
        mov     eax, 24                 # sched_yield
        syscall
        cmp     dword ptr [rsp + LEFT], ebp
        jb      leaving
# They count until they are gone, which is when no signal can be sent to them.
        mov     eax, 39                 # getpid
        syscall
        mov     r13d, eax
counted:
        test    ebp, ebp
        jz      gone
        mov     eax, 24                 # sched_yield
        syscall
        mov     edi, r13d
        mov     esi, [rsp + rbp*4 + IDS - 4]
        xor     edx, edx
        mov     eax, 234                # tgkill
        syscall
        test    eax, eax
        jz      counted
        dec     ebp
        jmp     counted
gone:
        add     rsp, 64
        lea     rsi, [rip + no_threads]
        test    ebx, ebx
        jnz     fail

# Of the variables those whose names are listed move to the front.
        mov     rax, [rsp]
        lea     rsi, [rsp + rax*8 + 16]
        mov     rdi, rsi
variable:
        mov     rcx, [rsi]
        add     rsi, 8
        test    rcx, rcx
        jz      begin
        lea     r8, [rip + names]
name:
        cmp     byte ptr [r8], 0
        je      variable
        mov     r9, rcx
character:
        mov     al, [r8]
        inc     r8
        cmp     al, [r9]
        jne     other
        inc     r9
        cmp     al, 0x3d                # =
        jne     character
        mov     [rdi], rcx
        add     rdi, 8
        jmp     variable
other:
        cmp     al, 0x3d
        je      name
        mov     al, [r8]
        inc     r8
        jmp     other

begin:
        mov     [rdi], rcx
        mov     rdx, r12
        lea     rax, [rip + names]
        add     rax, [rip + distance]
        jmp     rax

started:
        lea     rdi, [rsp + START]
        mov     esi, 0x80               # FUTEX_WAIT | FUTEX_PRIVATE_FLAG
        xor     edx, edx
        xor     r10d, r10d
        mov     eax, 202                # futex
        syscall
        cmp     dword ptr [rsp + START], 0
        je      started
        lock inc dword ptr [rsp + LEFT]
        xor     edi, edi
        mov     eax, 60                 # exit, which ends this thread alone
        syscall

# rsi: a byte with the length of a text, and the text
fail:
        movzx   edx, byte ptr [rsi]
        inc     rsi
        mov     edi, 2
        mov     eax, 1                  # write
        syscall
        mov     edi, 1
        mov     eax, 231                # exit_group
        syscall

.macro text string
        .byte   2f - 1f
1:      .ascii  "\string"
2:
.endm
no_stdout:
        text    "dvm: stdout is closed: send what is not wanted to /dev/null [IO]\n"
no_code:
        text    "dvm: memory cannot be made executable here: run it where MemoryDenyWriteExecute= is not set, nor SELinux' deny_execmem [IO]\n"
no_threads:
        text    "dvm: fewer than 12 threads can be started: raise the limit of processes (ulimit -u, LimitNPROC=, TasksMax=, pids.max) [IO]\n"
no_space:
        text    "dvm: less than 2 GiB of address space: raise its limit (ulimit -v, LimitAS=) [IO]\n"
no_data:
        text    "dvm: less than 2 GiB of data: raise its limit (ulimit -d, LimitDATA=) [IO]\n"
no_stack:
        text    "dvm: less than 1 MiB of stack: raise its limit (ulimit -s, LimitSTACK=) [IO]\n"
no_descriptors:
        text    "dvm: fewer than 32 open files are allowed: raise their limit (ulimit -n, LimitNOFILE=) [IO]\n"

# Of each the number, which of the two, how far from here the text is, and what there has to be.
.macro limit resource, which, text, minimum
1:      .byte   \resource, \which
        .short  \text - 1b
        .long   \minimum
.endm
limits:
        limit   9, SOFT, no_space, MIN_ADDRESS_SPACE    # RLIMIT_AS
        limit   2, SOFT, no_data, MIN_DATA              # RLIMIT_DATA
        limit   3, SOFT, no_stack, MIN_STACK            # RLIMIT_STACK, of which V8 takes all but a little
        limit   7, HARD, no_descriptors, MIN_DESCRIPTORS # RLIMIT_NOFILE: Node makes its hard limit its soft one
end_of_limits:

# From the names to where the executable began before. The names, each with its =, and a 0 follow.
distance:
        .quad   0
names:
