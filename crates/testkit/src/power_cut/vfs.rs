#![expect(unsafe_code, reason = "SQLite's file layer is a C interface")]

use std::{
    ffi::{CStr, OsStr, c_char, c_int, c_void},
    os::unix::ffi::OsStrExt as _,
    path::Path,
    ptr,
    sync::{Arc, Once},
};

use libsqlite3_sys as sqlite;
use sqlite::{sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use super::disk::{Disk, FileId, Source};

pub(super) const NAME: &CStr = c"powercut";

/// An open file of ours: SQLite allocates it, with room for the underlying file behind it.
#[repr(C)]
struct Handle {
    /// The first field, as SQLite knows only this one.
    base: sqlite3_file,
    /// None for SQLite's temporary files, which mean nothing after a restart.
    tracked: Option<Box<Tracked>>,
}

struct Tracked {
    disk: Arc<Disk>,
    file: FileId,
    /// Whether the next sync has to sync the folder too; as in SQLite's own unix layer, which does so for the first sync
    /// of a journal that it may have created.
    syncs_folder: bool,
}

/// Where the underlying file begins.
const UNDERLYING: usize = size_of::<Handle>().next_multiple_of(16);

/// Makes the file layer known to SQLite, once.
pub(super) fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // SAFETY: SQLite hands out its default layer, which lives as long as the process.
        let underlying = unsafe { sqlite::sqlite3_vfs_find(ptr::null()) };
        assert!(!underlying.is_null(), "SQLite has a default file layer");
        // SAFETY: not null, and never changed after SQLite's start. What we do not replace (paths, randomness, time)
        // works on this copy: SQLite's unix layer looks at its application data in xOpen alone.
        let mut shim = unsafe { *underlying };
        shim.szOsFile += c_int::try_from(UNDERLYING).expect("a small number");
        shim.pNext = ptr::null_mut();
        shim.zName = NAME.as_ptr();
        shim.pAppData = underlying.cast();
        shim.xOpen = Some(open);
        shim.xDelete = Some(delete);
        // SAFETY: SQLite keeps the pointer for good, so the box is never freed.
        let code = unsafe { sqlite::sqlite3_vfs_register(Box::into_raw(Box::new(shim)), 0) };
        assert_eq!(code, sqlite::SQLITE_OK, "SQLite takes a file layer");
    });
}

/// # Safety
/// `file` was opened by [`open`].
unsafe fn underlying(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: `szOsFile` asked for this room.
    unsafe { file.byte_add(UNDERLYING) }
}

/// # Safety
/// `file` was opened by [`open`], and SQLite uses it from one thread at a time.
unsafe fn tracked<'file>(file: *mut sqlite3_file) -> Option<&'file mut Tracked> {
    // SAFETY: `open` wrote a handle there.
    unsafe { (*file.cast::<Handle>()).tracked.as_deref_mut() }
}

/// Calls a method of the underlying file.
macro_rules! call_underlying {
    ($method:ident($file:expr $(, $argument:expr)*)) => {{
        let file = underlying($file);
        let method = (*(*file).pMethods).$method.expect("`open` let only complete layers pass");
        method(file $(, $argument)*)
    }};
}

/// Methods that only pass the call on.
macro_rules! pass_on {
    ($($name:ident = $method:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $type)*) $(-> $result)? {
            // SAFETY: SQLite calls this with a file that `open` made, and arguments that the underlying layer accepts.
            unsafe { call_underlying!($method(file $(, $argument)*)) }
        }
    )*};
}

pass_on! {
    read = xRead(into: *mut c_void, length: c_int, offset: sqlite3_int64) -> c_int;
    file_size = xFileSize(size: *mut sqlite3_int64) -> c_int;
    lock = xLock(level: c_int) -> c_int;
    unlock = xUnlock(level: c_int) -> c_int;
    check_reserved_lock = xCheckReservedLock(result: *mut c_int) -> c_int;
    file_control = xFileControl(operation: c_int, argument: *mut c_void) -> c_int;
    sector_size = xSectorSize() -> c_int;
    device_characteristics = xDeviceCharacteristics() -> c_int;
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int;
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier = xShmBarrier();
    shm_unmap = xShmUnmap(delete: c_int) -> c_int;
    fetch = xFetch(offset: sqlite3_int64, length: c_int, out: *mut *mut c_void) -> c_int;
    unfetch = xUnfetch(offset: sqlite3_int64, page: *mut c_void) -> c_int;
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes our own `sqlite3_vfs`, whose application data `register` set, a name that ends with a zero
    // or none, and `szOsFile` bytes at `file`, aligned for any type.
    unsafe {
        // A file without methods is not open: SQLite does not close it.
        ptr::write(
            file.cast::<Handle>(),
            Handle {
                base: sqlite3_file { pMethods: ptr::null() },
                tracked: None,
            },
        );
        let disk_and_name = match (!name.is_null()).then(|| watched(CStr::from_ptr(name))) {
            Some(None) => return sqlite::SQLITE_CANTOPEN,
            found => found.flatten(),
        };
        let real_vfs = (*vfs).pAppData.cast::<sqlite3_vfs>();
        let real = underlying(file);
        (*real).pMethods = ptr::null();
        let real_open = (*real_vfs).xOpen.expect("every layer opens files");
        let mut code = real_open(real_vfs, name, real, flags, out_flags);
        let methods = (*real).pMethods.as_ref();
        if code == sqlite::SQLITE_OK && methods.is_none_or(|methods| methods.iVersion < METHODS.iVersion) {
            code = sqlite::SQLITE_CANTOPEN; // a layer without shared memory: it has not the methods that we pass on to
        }
        if code != sqlite::SQLITE_OK {
            if let Some(close) = methods.and_then(|methods| methods.xClose) {
                close(real);
            }
            return code;
        }
        if let Some((disk, name)) = disk_and_name {
            let Ok(size) = Live(file).size() else {
                call_underlying!(xClose(file));
                return sqlite::SQLITE_IOERR_FSTAT;
            };
            let file_id = disk.open(name, size);
            const JOURNALS: c_int =
                sqlite::SQLITE_OPEN_MAIN_JOURNAL | sqlite::SQLITE_OPEN_SUPER_JOURNAL | sqlite::SQLITE_OPEN_WAL;
            let syncs_folder = flags & sqlite::SQLITE_OPEN_CREATE != 0 && flags & JOURNALS != 0;
            (*file.cast::<Handle>()).tracked = Some(Box::new(Tracked {
                disk,
                file: file_id,
                syncs_folder,
            }));
        }
        (*file).pMethods = &METHODS;
        sqlite::SQLITE_OK
    }
}

/// The disk of the folder that the file is in, and the file's name in it. A file elsewhere is refused: a test that
/// watches the wrong folder would prove nothing.
fn watched(path: &CStr) -> Option<(Arc<Disk>, &OsStr)> {
    let path = Path::new(OsStr::from_bytes(path.to_bytes()));
    Some((super::disk_of(path.parent()?)?, path.file_name()?))
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `pass_on`; SQLite does not use the file after this, and the box is taken out once.
    unsafe {
        drop((*file.cast::<Handle>()).tracked.take());
        call_underlying!(xClose(file))
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    length: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: as in `pass_on`.
    unsafe {
        let tracked = tracked(file);
        if tracked.as_ref().is_some_and(|tracked| tracked.disk.is_off()) {
            return sqlite::SQLITE_IOERR_WRITE;
        }
        let code = call_underlying!(xWrite(file, from, length, offset));
        if let Some(tracked) = tracked {
            // A failed write may have changed a part.
            tracked
                .disk
                .wrote(tracked.file, not_negative(offset), not_negative(length.into()));
        }
        code
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: as in `pass_on`.
    unsafe {
        let tracked = tracked(file);
        if tracked.as_ref().is_some_and(|tracked| tracked.disk.is_off()) {
            return sqlite::SQLITE_IOERR_TRUNCATE;
        }
        let code = call_underlying!(xTruncate(file, size));
        if let Some(tracked) = tracked {
            tracked.disk.truncated(tracked.file, not_negative(size));
        }
        code
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: as in `pass_on`.
    unsafe {
        let Some(tracked) = tracked(file) else {
            return call_underlying!(xSync(file, flags));
        };
        // The real disk is not synced: the image is what counts, and tests want to be quick.
        if let Err(code) = tracked.disk.sync(tracked.file, &mut Live(file)) {
            return code;
        }
        if std::mem::take(&mut tracked.syncs_folder) {
            tracked.disk.sync_folder();
        }
        // Asked last: a cut that comes during the sync makes it fail although its bytes may be there, which is what a
        // program cannot know after a real one either.
        if tracked.disk.is_off() {
            sqlite::SQLITE_IOERR_FSYNC
        } else {
            sqlite::SQLITE_OK
        }
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: as in `open`; a deleted file always has a name.
    unsafe {
        let Some((disk, file)) = watched(CStr::from_ptr(name)) else {
            return sqlite::SQLITE_IOERR_DELETE;
        };
        if disk.is_off() {
            return sqlite::SQLITE_IOERR_DELETE;
        }
        let real_vfs = (*vfs).pAppData.cast::<sqlite3_vfs>();
        let real_delete = (*real_vfs).xDelete.expect("every layer deletes files");
        let code = real_delete(real_vfs, name, 0);
        if code == sqlite::SQLITE_OK {
            disk.deleted(file);
            if sync_folder != 0 {
                disk.sync_folder();
                if disk.is_off() {
                    return sqlite::SQLITE_IOERR_DELETE; // as in `sync`
                }
            }
        }
        code
    }
}

/// The bytes of an open file, read through SQLite's own descriptor: to open the file once more and close it would drop
/// every lock that this process has on it (POSIX).
struct Live(*mut sqlite3_file);

impl Source for Live {
    type Error = c_int;

    fn size(&mut self) -> Result<u64, c_int> {
        let mut size = 0;
        // SAFETY: the file is open for as long as the call that made this value.
        let code = unsafe { call_underlying!(xFileSize(self.0, &mut size)) };
        if code == sqlite::SQLITE_OK {
            Ok(not_negative(size))
        } else {
            Err(code)
        }
    }

    fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<(), c_int> {
        let length = c_int::try_from(into.len()).expect("a block is small");
        let offset = sqlite3_int64::try_from(offset).expect("SQLite's files are smaller");
        // SAFETY: as above, and `into` has room for `length` bytes.
        match unsafe { call_underlying!(xRead(self.0, into.as_mut_ptr().cast(), length, offset)) } {
            // A short read is filled up with zeros: another connection truncated the file just now.
            sqlite::SQLITE_OK | sqlite::SQLITE_IOERR_SHORT_READ => Ok(()),
            code => Err(code),
        }
    }
}

fn not_negative(number: sqlite3_int64) -> u64 {
    u64::try_from(number).expect("SQLite's sizes and offsets are not negative")
}
