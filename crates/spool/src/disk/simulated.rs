//! A disk for tests: it remembers what was synced, loses power at any operation, and fails when told to.
//!
//! After a cut only what was synced is certain. Of what was not, any part may have survived: some sectors of a write,
//! a length without its content, a file without its name, a rename or a removal.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Disk, DiskFile, Listed};

const SECTOR_BYTES: usize = 512;

/// What can be made to fail, and is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    Create,
    Open,
    Read,
    Write,
    SetLen,
    Sync,
    Rename,
    Remove,
    List,
    SyncDir,
}

/// Clones are the same disk.
#[derive(Debug, Clone)]
pub struct PowerCutDisk {
    world: Arc<Mutex<World>>,
}

#[derive(Debug)]
struct World {
    power: bool,
    operations_until_cut: Option<u64>,
    faults: Vec<Fault>,
    counts: BTreeMap<Operation, u64>,
    random: Random,
    files: Vec<Content>,
    /// What the running system sees.
    names: BTreeMap<PathBuf, usize>,
    /// What is certain to be there after a cut.
    durable_names: BTreeMap<PathBuf, usize>,
    /// Each is done or not done, as a whole.
    unsynced_names: Vec<NameChange>,
}

#[derive(Debug)]
struct Fault {
    operation: Operation,
    skip: u64,
    times: u64,
    error: io::ErrorKind,
}

#[derive(Debug, Default)]
struct Content {
    /// What the running system sees.
    seen: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    SetLen(usize),
}

#[derive(Debug)]
struct NameChange {
    folder: PathBuf,
    names: Vec<(PathBuf, Option<usize>)>,
}

impl PowerCutDisk {
    pub fn new(seed: u64) -> Self {
        Self::with(seed, Vec::new(), BTreeMap::new())
    }

    fn with(seed: u64, files: Vec<Content>, names: BTreeMap<PathBuf, usize>) -> Self {
        let world = World {
            power: true,
            operations_until_cut: None,
            faults: Vec::new(),
            counts: BTreeMap::new(),
            random: Random(seed),
            files,
            durable_names: names.clone(),
            names,
            unsynced_names: Vec::new(),
        };
        Self {
            world: Arc::new(Mutex::new(world)),
        }
    }

    /// Cuts the power in the middle of the operation after so many more.
    pub fn cut_after(&self, operations: u64) {
        self.world().operations_until_cut = Some(operations);
    }

    /// Cuts the power now: everything fails from here on.
    pub fn cut(&self) {
        self.world().power = false;
    }

    pub fn has_power(&self) -> bool {
        self.world().power
    }

    /// Lets `times` operations fail, after `skip` that do not. A failing write writes a part of its bytes; a failing
    /// sync loses what it should have made durable, although it can still be read (as on Linux).
    pub fn fail(&self, operation: Operation, skip: u64, times: u64, error: io::ErrorKind) {
        self.world().faults.push(Fault {
            operation,
            skip,
            times,
            error,
        });
    }

    /// Ends all failures that [`Self::fail`] ordered.
    pub fn heal(&self) {
        self.world().faults.clear();
    }

    /// How often an operation was tried.
    pub fn count(&self, operation: Operation) -> u64 {
        self.world().counts.get(&operation).copied().unwrap_or(0)
    }

    /// What is on the disk when the power comes back. Whoever holds the old one gets errors.
    pub fn restart(&self) -> Self {
        let mut world = self.world();
        world.power = false;
        let World {
            files,
            durable_names,
            unsynced_names,
            random,
            ..
        } = &mut *world;
        let files = std::mem::take(files)
            .into_iter()
            .map(|mut content| {
                content.lose_power(random);
                Content {
                    seen: content.durable.clone(),
                    durable: content.durable,
                    unsynced: Vec::new(),
                }
            })
            .collect();
        for change in unsynced_names.drain(..) {
            if random.chance(2) {
                apply(durable_names, change.names);
            }
        }
        let names = std::mem::take(durable_names);
        let seed = random.next();
        drop(world);
        Self::with(seed, files, names)
    }

    /// Changes a byte of a file, durably, as a failing medium does.
    pub fn corrupt(&self, path: &Path, offset: usize, change: impl Fn(u8) -> u8) {
        let mut world = self.world();
        let id = world.names[path];
        let content = &mut world.files[id];
        content.seen[offset] = change(content.seen[offset]);
        content.durable = content.seen.clone();
    }

    /// Puts a file there, durably.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        let mut world = self.world();
        let id = world.files.len();
        world.files.push(Content {
            seen: bytes.to_vec(),
            durable: bytes.to_vec(),
            unsynced: Vec::new(),
        });
        world.names.insert(path.to_owned(), id);
        world.durable_names.insert(path.to_owned(), id);
    }

    /// What the running system sees in a file.
    pub fn content(&self, path: &Path) -> Option<Vec<u8>> {
        let world = self.world();
        world.names.get(path).map(|id| world.files[*id].seen.clone())
    }

    /// The files that the running system sees.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.world().names.keys().cloned().collect()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What becomes of an operation.
enum Fate {
    Done,
    /// It takes effect in part, as far as it can, and then fails.
    Fails(io::Error),
}

impl Fate {
    fn result(self) -> io::Result<()> {
        match self {
            Self::Done => Ok(()),
            Self::Fails(error) => Err(error),
        }
    }
}

impl World {
    /// Counts an operation. Fails when there was no power before it.
    fn step(&mut self, operation: Operation) -> io::Result<Fate> {
        if !self.power {
            return Err(no_power());
        }
        *self.counts.entry(operation).or_default() += 1;
        if let Some(left) = &mut self.operations_until_cut {
            if *left == 0 {
                self.power = false;
                return Ok(Fate::Fails(no_power()));
            }
            *left -= 1;
        }
        for fault in self.faults.iter_mut().filter(|fault| fault.operation == operation) {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if fault.times > 0 {
                fault.times -= 1;
                return Ok(Fate::Fails(fault.error.into()));
            }
        }
        Ok(Fate::Done)
    }

    fn rename(&mut self, folder: &Path, names: Vec<(PathBuf, Option<usize>)>) {
        apply(&mut self.names, names.clone());
        self.unsynced_names.push(NameChange {
            folder: folder.to_owned(),
            names,
        });
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        self.names
            .get(path)
            .copied()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn no_power() -> io::Error {
    io::Error::other("the power is off")
}

fn apply(names: &mut BTreeMap<PathBuf, usize>, changes: Vec<(PathBuf, Option<usize>)>) {
    for (path, file) in changes {
        match file {
            Some(file) => names.insert(path, file),
            None => names.remove(&path),
        };
    }
}

impl Content {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.unsynced.push(change);
    }

    fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// Any part of what was not synced becomes durable, and the rest is forgotten.
    fn lose_power(&mut self, random: &mut Random) {
        let kept = random.below(4); // 0: nothing, 1: all, else: some sectors of some writes
        for change in self.unsynced.drain(..) {
            match (kept, change) {
                (0, _) => {}
                (1, change) => change.apply(&mut self.durable),
                (_, Change::SetLen(len)) => {
                    if random.chance(2) {
                        self.durable.resize(len, 0);
                    }
                }
                (_, Change::Write { offset, bytes }) => tear(&mut self.durable, offset, &bytes, random),
            }
        }
    }
}

/// Writes some sectors, or one part up to any byte.
fn tear(content: &mut Vec<u8>, offset: usize, bytes: &[u8], random: &mut Random) {
    if random.chance(3) {
        let length = random.below(bytes.len() as u64 + 1);
        let length = usize::try_from(length).unwrap_or(0);
        Change::Write {
            offset,
            bytes: bytes[..length].to_vec(),
        }
        .apply(content);
        return;
    }
    let mut at = 0;
    while at < bytes.len() {
        let to_edge = SECTOR_BYTES - (offset + at) % SECTOR_BYTES;
        let end = bytes.len().min(at + to_edge);
        if random.chance(2) {
            Change::Write {
                offset: offset + at,
                bytes: bytes[at..end].to_vec(),
            }
            .apply(content);
        } else if random.chance(2) && content.len() < offset + end {
            content.resize(offset + end, 0); // the length was written and the content was not
        }
        at = end;
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::SetLen(len) => content.resize(*len, 0),
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*offset..end].copy_from_slice(bytes);
            }
        }
    }
}

impl Disk for PowerCutDisk {
    fn create_dir(&self, _dir: &Path) -> io::Result<()> {
        // Folders are only the front part of paths here.
        if self.has_power() { Ok(()) } else { Err(no_power()) }
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<Listed>> {
        let mut world = self.world();
        world.step(Operation::List)?.result()?;
        let inside = world.names.iter().filter(|(path, _)| path.parent() == Some(dir));
        let listed = inside.map(|(path, id)| Listed {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            bytes: world.files[*id].seen.len() as u64,
        });
        Ok(listed.collect())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut world = self.world();
        let fate = world.step(Operation::Create)?;
        if let Fate::Fails(error) = fate
            && world.power
        {
            return Err(error);
        }
        // A new file even where one was: it makes no difference to what may be found after a cut.
        let id = world.files.len();
        world.files.push(Content::default());
        world.rename(parent(path), vec![(path.to_owned(), Some(id))]);
        if !world.power {
            return Err(no_power());
        }
        Ok(Box::new(PowerCutFile { disk: self.clone(), id }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut world = self.world();
        world.step(Operation::Open)?.result()?;
        let id = world.find(path)?;
        Ok(Box::new(PowerCutFile { disk: self.clone(), id }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut world = self.world();
        let fate = world.step(Operation::Rename)?;
        let id = world.find(from)?;
        if matches!(fate, Fate::Done) || !world.power {
            world.rename(parent(to), vec![(from.to_owned(), None), (to.to_owned(), Some(id))]);
        }
        fate.result()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        let fate = world.step(Operation::Remove)?;
        world.find(path)?;
        if matches!(fate, Fate::Done) || !world.power {
            world.rename(parent(path), vec![(path.to_owned(), None)]);
        }
        fate.result()
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.step(Operation::SyncDir)?.result()?;
        let changes = std::mem::take(&mut world.unsynced_names);
        for change in changes {
            if change.folder == dir {
                apply(&mut world.durable_names, change.names);
            } else {
                world.unsynced_names.push(change);
            }
        }
        Ok(())
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

#[derive(Debug)]
struct PowerCutFile {
    disk: PowerCutDisk,
    id: usize,
}

impl DiskFile for PowerCutFile {
    fn len(&self) -> io::Result<u64> {
        let world = self.disk.world();
        if world.power {
            Ok(world.files[self.id].seen.len() as u64)
        } else {
            Err(no_power())
        }
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut world = self.disk.world();
        world.step(Operation::Read)?.result()?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = offset.saturating_add(buffer.len());
        let bytes = world.files[self.id]
            .seen
            .get(offset..end)
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }

    fn write_all_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut world = self.disk.world();
        let fate = world.step(Operation::Write)?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let length = match &fate {
            Fate::Done => bytes.len(),
            Fate::Fails(_) => usize::try_from(world.random.below(bytes.len() as u64 + 1)).unwrap_or(0),
        };
        world.files[self.id].change(Change::Write {
            offset,
            bytes: bytes[..length].to_vec(),
        });
        fate.result()
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut world = self.disk.world();
        let fate = world.step(Operation::SetLen)?;
        if matches!(fate, Fate::Done) || !world.power {
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            world.files[self.id].change(Change::SetLen(len));
        }
        fate.result()
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = self.disk.world();
        let fate = world.step(Operation::Sync)?;
        let World {
            files, random, power, ..
        } = &mut *world;
        match fate {
            Fate::Done => files[self.id].sync(),
            Fate::Fails(_) if *power => files[self.id].lose_power(random),
            Fate::Fails(_) => {}
        }
        fate.result()
    }
}

/// SplitMix64: a test that failed fails again with the same seed.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }
}
