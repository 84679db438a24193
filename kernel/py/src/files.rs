//! Stores as files: written in parts by several threads, flushed to disk, and mapped into memory to read.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use memmap2::Mmap;
use por_kernel_core::build::{Output, Sheet};
use por_kernel_core::spill::{Disk, Scrap};
use por_kernel_core::{Code, Error, Result};

/// A folder that stores are written into; what a failed build has written is removed again.
pub struct Folder {
    path: PathBuf,
    written: Mutex<Vec<PathBuf>>,
}

impl Folder {
    /// The folder must be there.
    pub fn new(path: PathBuf) -> Self {
        Self { path, written: Mutex::default() }
    }

    /// Flush the folder's entries.
    pub fn keep(self) -> Result<()> {
        File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(|error| explain(error, &self.path))
    }

    /// Remove what was written.
    pub fn discard(self) {
        for path in self.written.into_inner().unwrap_or_default() {
            let _ = std::fs::remove_file(path); // the failure that led here is the one to report
        }
    }
}

impl Output for Folder {
    fn create(&self, asset: &str, size: u64) -> Result<Box<dyn Sheet>> {
        let path = self.path.join(format!("{}.tree", asset.replace(':', "_")));
        let open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = open.map_err(|error| explain(error, &path))?;
        if let Ok(mut written) = self.written.lock() {
            written.push(path.clone());
        }
        file.set_len(size).map_err(|error| explain(error, &path))?;
        Ok(Box::new(StoreFile { file, path }))
    }
}

/// A folder for rows that do not fit into memory.
pub struct Scratch {
    path: PathBuf,
    made: AtomicU64,
}

impl Scratch {
    /// The folder must be there.
    pub fn new(path: PathBuf) -> Self {
        Self { path, made: AtomicU64::new(0) }
    }
}

impl Disk for Scratch {
    /// The file loses its name at once, so that nothing is left of it when the process ends, in whatever way.
    fn create(&self) -> Result<Box<dyn Scrap>> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let path = self.path.join(format!(".por-rows-{}-{number}", std::process::id()));
        let failed = |error| explain(error, &path);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let file = file.map_err(failed)?;
        std::fs::remove_file(&path).map_err(failed)?;
        Ok(Box::new(ScratchFile { file, path: self.path.clone() }))
    }
}

/// Open a file to read, and its size.
pub fn input(path: &Path) -> Result<(Arc<dyn Scrap>, u64)> {
    let failed = |error| explain(error, path);
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    Ok((Arc::new(ScratchFile { file, path: path.to_path_buf() }), size))
}

/// A file that takes the place of `path` when it is finished, so that a task that is done twice does no harm.
pub struct NewFile {
    file: StoreFile,
    path: PathBuf,
    finished: AtomicBool,
}

impl NewFile {
    /// Begin it beside `path`.
    pub fn create(path: PathBuf) -> Result<Self> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = path.with_file_name(format!(".{name}.{}-{number}", std::process::id()));
        let open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside);
        let file = open.map_err(|error| explain(error, &beside))?;
        Ok(Self { file: StoreFile { file, path: beside }, path, finished: AtomicBool::new(false) })
    }

    /// Set its size beforehand.
    pub fn with_size(self, size: u64) -> Result<Self> {
        self.file.file.set_len(size).map_err(|error| explain(error, &self.file.path))?;
        Ok(self)
    }
}

impl Sheet for NewFile {
    fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        self.file.write(at, bytes)
    }

    fn finish(&self) -> Result<()> {
        self.file.finish()?;
        std::fs::rename(&self.file.path, &self.path).map_err(|error| explain(error, &self.path))?;
        self.finished.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.finished.load(Ordering::Relaxed) {
            let _ = std::fs::remove_file(&self.file.path); // the failure that led here is the one to report
        }
    }
}

struct ScratchFile {
    file: File,
    path: PathBuf,
}

impl Scrap for ScratchFile {
    fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_all_at(bytes, at).map_err(|error| explain(error, &self.path))
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<()> {
        self.file.read_exact_at(into, at).map_err(|error| explain(error, &self.path))
    }
}

struct StoreFile {
    file: File,
    path: PathBuf,
}

impl Sheet for StoreFile {
    fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_all_at(bytes, at).map_err(|error| explain(error, &self.path))
    }

    fn finish(&self) -> Result<()> {
        self.file.sync_all().map_err(|error| explain(error, &self.path))
    }
}

/// Map a file into memory.
pub fn map(path: &Path) -> Result<Mmap> {
    let failed = |error| explain(error, path);
    let file = File::open(path).map_err(failed)?;
    // SAFETY: the map is undefined only if the file changes underneath. Stores are written once, under a temporary
    // name, and replaced by renaming, never in place; and nothing read here is trusted: every proof is verified
    // against the head's root, and every position is checked against the map's length.
    unsafe { Mmap::map(&file) }.map_err(failed)
}

fn explain(error: io::Error, path: &Path) -> Error {
    let code = match error.kind() {
        io::ErrorKind::NotFound => Code::FileMissing,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Code::DiskFull,
        _ => Code::FileUnreachable,
    };
    Error::new(code, format!("{}: {}", path.display(), error.to_string().to_lowercase()))
}
