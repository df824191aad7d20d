//! What operating systems call their signals and errors, from their headers: Linux on x86 and ARM (`asm-generic`),
//! Darwin (XNU's `sys/signal.h`, `sys/errno.h`, `mach/exception_types.h`), Windows (the C runtime's `errno.h`).

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Os {
    Linux,
    Darwin,
    Windows,
}

impl Os {
    /// Of the name in an `os` context, or of the SDK info in the debug data.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "Linux" | "Android" => Some(Self::Linux),
            "iOS" | "iPadOS" | "macOS" | "Mac OS X" | "tvOS" | "watchOS" | "visionOS" => Some(Self::Darwin),
            "Windows" => Some(Self::Windows),
            _ => None,
        }
    }
}

pub(crate) fn signal(os: Os, number: i64) -> Option<&'static str> {
    match os {
        Os::Linux => at(&LINUX_SIGNALS, number),
        Os::Darwin => at(&DARWIN_SIGNALS, number),
        Os::Windows => None,
    }
}

pub(crate) fn errno(os: Os, number: i64) -> Option<&'static str> {
    match os {
        Os::Linux => at(&LINUX_ERRORS, number),
        Os::Darwin => at(&DARWIN_ERRORS, number),
        Os::Windows if number >= 100 => at(&WINDOWS_ERRORS_FROM_100, number - 99),
        Os::Windows if number == 80 => Some("STRUNCATE"),
        Os::Windows => at(&WINDOWS_ERRORS, number),
    }
}

pub(crate) fn mach_exception(number: i64) -> Option<&'static str> {
    at(&MACH_EXCEPTIONS, number)
}

/// Why a signal was raised, where Darwin tells.
pub(crate) fn signal_code(os: Os, signal: i64, code: i64) -> Option<&'static str> {
    if os != Os::Darwin {
        return None;
    }
    let names: &[&str] = match signal {
        4 => &[
            "ILL_NOOP",
            "ILL_ILLOPC",
            "ILL_ILLTRP",
            "ILL_PRVOPC",
            "ILL_ILLOPN",
            "ILL_ILLADR",
            "ILL_PRVREG",
            "ILL_COPROC",
            "ILL_BADSTK",
        ],
        5 => &["", "TRAP_BRKPT", "TRAP_TRACE"],
        7 => &[
            "", "POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR", "POLL_PRI", "POLL_HUP",
        ],
        8 => &[
            "FPE_NOOP",
            "FPE_FLTDIV",
            "FPE_FLTOVF",
            "FPE_FLTUND",
            "FPE_FLTRES",
            "FPE_FLTINV",
            "FPE_FLTSUB",
            "FPE_INTDIV",
            "FPE_INTOVF",
        ],
        10 => &["BUS_NOOP", "BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR"],
        11 => &["SEGV_NOOP", "SEGV_MAPERR", "SEGV_ACCERR"],
        20 => &[
            "CLD_NOOP",
            "CLD_EXITED",
            "CLD_KILLED",
            "CLD_DUMPED",
            "CLD_TRAPPED",
            "CLD_STOPPED",
            "CLD_CONTINUED",
        ],
        _ => return None,
    };
    let index: usize = code.try_into().ok()?;
    names.get(index).copied().filter(|name| !name.is_empty())
}

/// The name of a number; tables begin at 1, gaps are empty.
fn at(names: &[&'static str], number: i64) -> Option<&'static str> {
    let index: usize = number.checked_sub(1)?.try_into().ok()?;
    names.get(index).copied().filter(|name| !name.is_empty())
}

#[rustfmt::skip]
const LINUX_SIGNALS: [&str; 31] = [
    "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
    "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
    "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
    "SIGSYS",
];

#[rustfmt::skip]
const DARWIN_SIGNALS: [&str; 31] = [
    "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGPOLL", "SIGFPE", "SIGKILL", "SIGBUS",
    "SIGSEGV", "SIGSYS", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGURG", "SIGSTOP", "SIGTSTP", "SIGCONT", "SIGCHLD",
    "SIGTTIN", "SIGTTOU", "SIGIO", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGINFO", "SIGUSR1",
    "SIGUSR2",
];

#[rustfmt::skip]
const MACH_EXCEPTIONS: [&str; 13] = [
    "EXC_BAD_ACCESS", "EXC_BAD_INSTRUCTION", "EXC_ARITHMETIC", "EXC_EMULATION", "EXC_SOFTWARE", "EXC_BREAKPOINT",
    "EXC_SYSCALL", "EXC_MACH_SYSCALL", "EXC_RPC_ALERT", "EXC_CRASH", "EXC_RESOURCE", "EXC_GUARD",
    "EXC_CORPSE_NOTIFY",
];

#[rustfmt::skip]
const LINUX_ERRORS: [&str; 133] = [
    "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EAGAIN", "ENOMEM",
    "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST", "EXDEV", "ENODEV", "ENOTDIR", "EISDIR", "EINVAL", "ENFILE",
    "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM", "ERANGE",
    "EDEADLK", "ENAMETOOLONG", "ENOLCK", "ENOSYS", "ENOTEMPTY", "ELOOP", "", "ENOMSG", "EIDRM", "ECHRNG",
    "EL2NSYNC", "EL3HLT", "EL3RST", "ELNRNG", "EUNATCH", "ENOCSI", "EL2HLT", "EBADE", "EBADR", "EXFULL", "ENOANO",
    "EBADRQC", "EBADSLT", "", "EBFONT", "ENOSTR", "ENODATA", "ETIME", "ENOSR", "ENONET", "ENOPKG", "EREMOTE",
    "ENOLINK", "EADV", "ESRMNT", "ECOMM", "EPROTO", "EMULTIHOP", "EDOTDOT", "EBADMSG", "EOVERFLOW", "ENOTUNIQ",
    "EBADFD", "EREMCHG", "ELIBACC", "ELIBBAD", "ELIBSCN", "ELIBMAX", "ELIBEXEC", "EILSEQ", "ERESTART", "ESTRPIPE",
    "EUSERS", "ENOTSOCK", "EDESTADDRREQ", "EMSGSIZE", "EPROTOTYPE", "ENOPROTOOPT", "EPROTONOSUPPORT",
    "ESOCKTNOSUPPORT", "EOPNOTSUPP", "EPFNOSUPPORT", "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL", "ENETDOWN",
    "ENETUNREACH", "ENETRESET", "ECONNABORTED", "ECONNRESET", "ENOBUFS", "EISCONN", "ENOTCONN", "ESHUTDOWN",
    "ETOOMANYREFS", "ETIMEDOUT", "ECONNREFUSED", "EHOSTDOWN", "EHOSTUNREACH", "EALREADY", "EINPROGRESS", "ESTALE",
    "EUCLEAN", "ENOTNAM", "ENAVAIL", "EISNAM", "EREMOTEIO", "EDQUOT", "ENOMEDIUM", "EMEDIUMTYPE", "ECANCELED",
    "ENOKEY", "EKEYEXPIRED", "EKEYREVOKED", "EKEYREJECTED", "EOWNERDEAD", "ENOTRECOVERABLE", "ERFKILL", "EHWPOISON",
];

#[rustfmt::skip]
const DARWIN_ERRORS: [&str; 106] = [
    "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EDEADLK", "ENOMEM",
    "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST", "EXDEV", "ENODEV", "ENOTDIR", "EISDIR", "EINVAL", "ENFILE",
    "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM", "ERANGE",
    "EAGAIN", "EINPROGRESS", "EALREADY", "ENOTSOCK", "EDESTADDRREQ", "EMSGSIZE", "EPROTOTYPE", "ENOPROTOOPT",
    "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "ENOTSUP", "EPFNOSUPPORT", "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL",
    "ENETDOWN", "ENETUNREACH", "ENETRESET", "ECONNABORTED", "ECONNRESET", "ENOBUFS", "EISCONN", "ENOTCONN",
    "ESHUTDOWN", "ETOOMANYREFS", "ETIMEDOUT", "ECONNREFUSED", "ELOOP", "ENAMETOOLONG", "EHOSTDOWN", "EHOSTUNREACH",
    "ENOTEMPTY", "EPROCLIM", "EUSERS", "EDQUOT", "ESTALE", "EREMOTE", "EBADRPC", "ERPCMISMATCH", "EPROGUNAVAIL",
    "EPROGMISMATCH", "EPROCUNAVAIL", "ENOLCK", "ENOSYS", "EFTYPE", "EAUTH", "ENEEDAUTH", "EPWROFF", "EDEVERR",
    "EOVERFLOW", "EBADEXEC", "EBADARCH", "ESHLIBVERS", "EBADMACHO", "ECANCELED", "EIDRM", "ENOMSG", "EILSEQ",
    "ENOATTR", "EBADMSG", "EMULTIHOP", "ENODATA", "ENOLINK", "ENOSR", "ENOSTR", "EPROTO", "ETIME", "EOPNOTSUPP",
    "ENOPOLICY", "ENOTRECOVERABLE", "EOWNERDEAD", "EQFULL",
];

#[rustfmt::skip]
const WINDOWS_ERRORS: [&str; 42] = [
    "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EAGAIN", "ENOMEM",
    "EACCES", "EFAULT", "", "EBUSY", "EEXIST", "EXDEV", "ENODEV", "ENOTDIR", "EISDIR", "EINVAL", "ENFILE", "EMFILE",
    "ENOTTY", "", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM", "ERANGE", "", "EDEADLK", "",
    "ENAMETOOLONG", "ENOLCK", "ENOSYS", "ENOTEMPTY", "EILSEQ",
];

#[rustfmt::skip]
const WINDOWS_ERRORS_FROM_100: [&str; 41] = [
    "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EALREADY", "EBADMSG", "ECANCELED", "ECONNABORTED",
    "ECONNREFUSED", "ECONNRESET", "EDESTADDRREQ", "EHOSTUNREACH", "EIDRM", "EINPROGRESS", "EISCONN", "ELOOP",
    "EMSGSIZE", "ENETDOWN", "ENETRESET", "ENETUNREACH", "ENOBUFS", "ENODATA", "ENOLINK", "ENOMSG", "ENOPROTOOPT",
    "ENOSR", "ENOSTR", "ENOTCONN", "ENOTRECOVERABLE", "ENOTSOCK", "ENOTSUP", "EOPNOTSUPP", "EOTHER", "EOVERFLOW",
    "EOWNERDEAD", "EPROTO", "EPROTONOSUPPORT", "EPROTOTYPE", "ETIME", "ETIMEDOUT", "ETXTBSY", "EWOULDBLOCK",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_numbers() {
        for (os, number, expected) in [
            (Os::Linux, 7, Some("SIGBUS")),
            (Os::Linux, 31, Some("SIGSYS")),
            (Os::Darwin, 10, Some("SIGBUS")),
            (Os::Darwin, 31, Some("SIGUSR2")),
            (Os::Windows, 11, None),
            (Os::Linux, 0, None),
            (Os::Linux, -1, None),
            (Os::Linux, i64::MIN, None),
            (Os::Linux, 32, None),
        ] {
            assert_eq!(signal(os, number), expected, "{os:?} {number}");
        }
        for (os, number, expected) in [
            (Os::Linux, 11, Some("EAGAIN")),
            (Os::Linux, 41, None),
            (Os::Linux, 133, Some("EHWPOISON")),
            (Os::Darwin, 11, Some("EDEADLK")),
            (Os::Darwin, 35, Some("EAGAIN")),
            (Os::Darwin, 106, Some("EQFULL")),
            (Os::Windows, 15, None),
            (Os::Windows, 42, Some("EILSEQ")),
            (Os::Windows, 80, Some("STRUNCATE")),
            (Os::Windows, 100, Some("EADDRINUSE")),
            (Os::Windows, 140, Some("EWOULDBLOCK")),
            (Os::Windows, 141, None),
        ] {
            assert_eq!(errno(os, number), expected, "{os:?} {number}");
        }
        assert_eq!(mach_exception(1), Some("EXC_BAD_ACCESS"));
        assert_eq!(mach_exception(13), Some("EXC_CORPSE_NOTIFY"));
        assert_eq!(mach_exception(14), None);
        assert_eq!(signal_code(Os::Darwin, 11, 1), Some("SEGV_MAPERR"));
        assert_eq!(signal_code(Os::Darwin, 5, 0), None);
        assert_eq!(signal_code(Os::Darwin, 11, -1), None);
        assert_eq!(signal_code(Os::Linux, 11, 1), None);
    }
}
