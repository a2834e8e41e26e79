# Runs a program to which the kernel refuses sockets of one family, as a container's filter does (seccomp):
# without-family.py <inet|inet6> <errno> <program> [argument ...]
import ctypes, errno, os, platform, socket, struct, sys

family = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}[sys.argv[1]]
refusal = getattr(errno, sys.argv[2])
call = {"x86_64": 41, "aarch64": 198}[platform.machine()]

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
steps = [
    (LOAD, 0, 0, 0),  # the number of the system call
    (EQUAL, 0, 3, call),
    (LOAD, 0, 0, 16),  # its first argument, the lower half
    (EQUAL, 0, 1, family),
    (RETURN, 0, 0, ERRNO | refusal),
    (RETURN, 0, 0, ALLOW),
]
code = b"".join(struct.pack("HBBI", *step) for step in steps)
buffer = ctypes.create_string_buffer(code)


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]


libc = ctypes.CDLL(None, use_errno=True)
NO_NEW_PRIVILEGES, SECCOMP, MODE_FILTER = 38, 22, 2
libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
program = Filter(len(steps), ctypes.addressof(buffer))
if libc.prctl(SECCOMP, MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
    sys.exit(f"no filter: {os.strerror(ctypes.get_errno())}")
os.execvp(sys.argv[3], sys.argv[3:])
