//! Persists a cloud in a folder; safe if the process is killed.
//!
//! `journal.jsonl` has a line per step: a JSON array of the changed rows,
//! `{"t":table,"k":key,"v":row}`, where `v` is null if the row was removed. A
//! step is a single write, so it is complete or missing; an incomplete last
//! line is dropped. Opening the journal compacts the file. Steps are not synced
//! to disk: a power cut may lose the last ones.

use crate::Cloud;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Why the state cannot be persisted in a folder.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The folder cannot be created, read or written.
    #[error("cannot store state in {}: it must be a folder that this user can write; choose another one otherwise", path.display())]
    Folder {
        /// The folder, or a file in it.
        path: PathBuf,
        /// The I/O error.
        source: io::Error,
    },
    /// Another process uses the folder.
    #[error("another process stores its state in {}: stop it, or choose another folder", .0.display())]
    InUse(PathBuf),
    /// A line of the journal is not valid.
    #[error("line {line} of {} is invalid: restore the file, or delete it to start with empty state", path.display())]
    Damaged {
        /// Path of the journal.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// The parse error.
        source: serde_json::Error,
    },
    /// A row of an unknown table, or of an unknown form.
    #[error(
        "this version cannot read row {key:?} of table {table:?} in the stored state: use the version that wrote it, or delete the folder"
    )]
    UnknownRow {
        /// Name of the table.
        table: String,
        /// Key of the row.
        key: String,
        /// The parse error; `None` if the table is unknown.
        source: Option<serde_json::Error>,
    },
}

#[derive(Serialize, Deserialize)]
struct Row {
    t: String,
    k: String,
    v: Option<Value>,
}

/// An open journal. The folder is locked as long as it exists.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Length of the valid part of the file.
    written: u64,
    /// Lines that are not written yet.
    pending: Vec<u8>,
    _lock: File,
}

/// The rows that a journal contained.
#[derive(Debug)]
pub struct Restored(BTreeMap<(String, String), Value>);

impl Restored {
    /// Whether there were no rows, as in a new folder.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts all rows into the tables of `cloud`.
    ///
    /// # Errors
    /// A row cannot be read by this version. The cloud is then partially
    /// restored.
    pub fn into(self, cloud: &mut Cloud) -> Result<(), JournalError> {
        let mut tables = cloud.tables();
        for ((table, key), row) in self.0 {
            let unknown = |source| JournalError::UnknownRow {
                table: table.clone(),
                key: key.clone(),
                source,
            };
            let found = tables
                .iter_mut()
                .find(|t| t.name() == table)
                .ok_or_else(|| unknown(None))?;
            found
                .restore(&key, Some(row))
                .map_err(|e| unknown(Some(e)))?;
        }
        crate::api::iam::restored(cloud);
        crate::api::pubsub::restored(cloud);
        Ok(())
    }
}

impl Journal {
    /// Opens the journal in `folder`, and creates the folder if it does not
    /// exist.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn open(folder: &Path) -> Result<(Self, Restored), JournalError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| JournalError::Folder { path, source }
        };
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let lock = File::create(folder.join("lock")).map_err(failed(folder))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(folder.to_owned())),
            Err(TryLockError::Error(source)) => return Err(failed(folder)(source)),
        }
        let path = folder.join("journal.jsonl");
        let restored = read(&path)?;
        let file = rewrite(folder, &path, &restored).map_err(failed(&path))?;
        let written = file.metadata().map_err(failed(&path))?.len();
        let journal = Self {
            path,
            file,
            written,
            pending: Vec::new(),
            _lock: lock,
        };
        Ok((journal, restored))
    }

    /// Writes the changes in `cloud` since the last call as one step.
    ///
    /// # Errors
    /// The file cannot be written. Nothing is lost: the next call tries again.
    pub fn record(&mut self, cloud: &mut Cloud) -> Result<(), JournalError> {
        let mut rows = Vec::new();
        for table in cloud.tables() {
            let t = table.name();
            let changes = table.take_changes().into_iter();
            rows.extend(changes.map(|(k, v)| Row {
                t: t.to_owned(),
                k,
                v,
            }));
        }
        if !rows.is_empty() {
            let line = serde_json::to_vec(&rows).expect("rows are plain data with string keys");
            self.pending.extend(line);
            self.pending.push(b'\n');
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        // Truncate what a failed write may have left behind.
        let write = |file: &mut File| {
            if let Err(error) = file.write_all(&self.pending) {
                file.set_len(self.written)?;
                file.seek(SeekFrom::End(0))?;
                return Err(error);
            }
            Ok(())
        };
        write(&mut self.file).map_err(|source| JournalError::Folder {
            path: self.path.clone(),
            source,
        })?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }
}

/// The rows after all steps of the file, if it exists.
fn read(path: &Path) -> Result<Restored, JournalError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(source) => {
            return Err(JournalError::Folder {
                path: path.to_owned(),
                source,
            });
        }
    };
    let mut rows = BTreeMap::new();
    let whole = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| line.ends_with(b"\n"));
    for (index, line) in whole.enumerate() {
        let step: Vec<Row> =
            serde_json::from_slice(line).map_err(|source| JournalError::Damaged {
                path: path.to_owned(),
                line: index + 1,
                source,
            })?;
        for Row { t, k, v } in step {
            match v {
                Some(row) => rows.insert((t, k), row),
                None => rows.remove(&(t, k)),
            };
        }
    }
    Ok(Restored(rows))
}

/// Replaces the journal by a compact one with the rows in `restored`.
fn rewrite(folder: &Path, path: &Path, restored: &Restored) -> io::Result<File> {
    let new = folder.join("journal.new");
    let mut writer = BufWriter::new(File::create(&new)?);
    for ((t, k), v) in &restored.0 {
        let row = Row {
            t: t.clone(),
            k: k.clone(),
            v: Some(v.clone()),
        };
        serde_json::to_writer(&mut writer, &[row])?;
        writer.write_all(b"\n")?;
    }
    writer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(&new, path)?;
    File::open(folder)?.sync_all()?;
    OpenOptions::new().append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Principal;
    use names::Timestamp;

    /// An empty folder for one test.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("journal-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    /// A process that another test starts holds our lock between fork and exec.
    fn opened(folder: &Path) -> (Journal, Restored) {
        for _ in 0..100_000 {
            match Journal::open(folder) {
                Err(JournalError::InUse(_)) => std::thread::yield_now(),
                opened => return opened.expect("opens"),
            }
        }
        panic!("{} stays locked", folder.display())
    }

    fn reopened(folder: &Path) -> (Journal, Cloud) {
        let (journal, restored) = opened(folder);
        let mut cloud = Cloud::new();
        restored.into(&mut cloud).expect("reads");
        (journal, cloud)
    }

    fn projects(cloud: &Cloud) -> Vec<&str> {
        cloud.iam.projects().map(|(id, _)| id).collect()
    }

    #[test]
    fn recorded_rows_are_restored() {
        let folder = folder("again");
        let (mut journal, mut cloud) = reopened(&folder);
        cloud.add_project("kept", 1, None);
        let email = cloud.add_account("kept", "a");
        journal.record(&mut cloud).expect("writes");
        let token = cloud.mint(
            &Principal::service_account(&email),
            Timestamp::from_seconds(0),
        );
        let key = cloud.iam.signer().jwks();
        journal.record(&mut cloud).expect("writes");
        cloud.add_project("unrecorded", 2, None);
        drop(journal);
        let (_journal, mut cloud) = reopened(&folder);
        assert_eq!(projects(&cloud), ["kept"]);
        assert!(cloud.iam.tokens.contains(&token));
        assert_eq!(cloud.iam.signer().jwks(), key);
        fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn a_torn_step_is_dropped_whole_and_the_next_is_kept() {
        let folder = folder("torn");
        let (mut journal, mut cloud) = reopened(&folder);
        cloud.add_project("one", 1, None);
        journal.record(&mut cloud).expect("writes");
        cloud.add_project("two", 2, None);
        cloud.add_project("three", 3, None);
        journal.record(&mut cloud).expect("writes");
        drop(journal);
        let path = folder.join("journal.jsonl");
        let whole = fs::read(&path).expect("there");
        let first = whole.iter().position(|b| *b == b'\n').expect("a line") + 1;
        for cut in first..whole.len() {
            fs::write(&path, &whole[..cut]).expect("writes");
            let (_journal, cloud) = reopened(&folder);
            assert_eq!(projects(&cloud), ["one"], "cut at {cut}");
        }
        let (mut journal, mut cloud) = reopened(&folder);
        cloud.add_project("four", 4, None);
        journal.record(&mut cloud).expect("writes");
        drop(journal);
        assert_eq!(projects(&reopened(&folder).1), ["four", "one"]);
        fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn opening_compacts_the_journal() {
        let folder = folder("compact");
        let (mut journal, mut cloud) = reopened(&folder);
        for life in 0..50 {
            cloud.add_project("p", life, None);
            cloud.iam.record_project("//x/y", "p");
            journal.record(&mut cloud).expect("writes");
            cloud.iam.forget("//x/y");
            journal.record(&mut cloud).expect("writes");
        }
        drop(journal);
        let lines = || {
            fs::read_to_string(folder.join("journal.jsonl"))
                .expect("there")
                .lines()
                .count()
        };
        assert_eq!(lines(), 100);
        let (_journal, cloud) = reopened(&folder);
        // The project's row, its node, and its name, which is used for ever.
        assert_eq!(lines(), 3);
        assert_eq!(cloud.iam.project("p").expect("there").1.number, 49);
        fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn a_folder_has_one_user() {
        let folder = folder("shared");
        let first = Journal::open(&folder).expect("opens");
        let error = Journal::open(&folder).expect_err("is in use");
        assert!(
            matches!(&error, JournalError::InUse(path) if *path == folder),
            "{error}"
        );
        drop(first);
        opened(&folder);
        fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn errors_say_where_and_what_to_do() {
        let folder = folder("errors");
        fs::create_dir_all(&folder).expect("made");
        let path = folder.join("journal.jsonl");
        fs::write(&path, "[]\n{\n[]\n").expect("writes");
        let error = Journal::open(&folder).expect_err("is damaged").to_string();
        assert!(
            error.starts_with(&format!("line 2 of {}", path.display())),
            "{error}"
        );
        fs::write(&path, "[{\"t\":\"nonesuch\",\"k\":\"x\",\"v\":1}]\n").expect("writes");
        let (_, restored) = opened(&folder);
        let error = restored
            .into(&mut Cloud::new())
            .expect_err("is foreign")
            .to_string();
        assert!(error.contains("\"nonesuch\""), "{error}");
        let file = folder.join("file");
        fs::write(&file, "").expect("writes");
        let error = Journal::open(&file).expect_err("is no folder").to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
        fs::remove_dir_all(&folder).expect("removed");
    }
}
