//! A cloud's state in a folder, safe against the process being killed.
//!
//! `journal.jsonl` has one line per step: a JSON array of the rows that
//! changed, `{"t":table,"k":key,"v":row}`, `v` null if the row went. A step is
//! one write, so it is there whole or not at all; a last line without its end
//! is dropped. Opening rewrites the file to what still stands. Nothing is
//! forced to the disk per step: a power cut may lose the last ones.

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

/// Why a folder cannot hold a cloud's state.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The folder cannot be made, read or written.
    #[error("cannot keep state in {}: make it a folder that this user may write, or name another", path.display())]
    Folder {
        /// The folder, or the file in it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process uses the folder.
    #[error("another process keeps its state in {}: stop it, or name another folder", .0.display())]
    InUse(PathBuf),
    /// A line in the middle of the journal is not what a journal holds.
    #[error("line {line} of {} is damaged: restore the file, or delete it to begin anew", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A row of a table that this version does not know, or not like that.
    #[error(
        "the state holds a row this version cannot read, {key:?} of table {table:?}: use the version that wrote it, or delete the folder"
    )]
    Foreign {
        /// The table.
        table: String,
        /// The row's key.
        key: String,
        /// What is wrong with it; nothing if the table is unknown.
        source: Option<serde_json::Error>,
    },
}

#[derive(Serialize, Deserialize)]
struct Row {
    t: String,
    k: String,
    v: Option<Value>,
}

/// An open journal. The folder is locked as long as it lives.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// The length up to which the file is whole.
    written: u64,
    /// Lines that could not be written yet.
    pending: Vec<u8>,
    _lock: File,
}

/// What a journal held.
#[derive(Debug)]
pub struct Restored(BTreeMap<(String, String), Value>);

impl Restored {
    /// Whether there was nothing: the folder is new.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts every row back where it was.
    ///
    /// # Errors
    /// A row that this version cannot read; the cloud is then half restored.
    pub fn into(self, cloud: &mut Cloud) -> Result<(), JournalError> {
        let mut tables = cloud.tables();
        for ((table, key), row) in self.0 {
            let foreign = |source| JournalError::Foreign {
                table: table.clone(),
                key: key.clone(),
                source,
            };
            let found = tables
                .iter_mut()
                .find(|t| t.name() == table)
                .ok_or_else(|| foreign(None))?;
            found
                .restore(&key, Some(row))
                .map_err(|e| foreign(Some(e)))?;
        }
        Ok(())
    }
}

impl Journal {
    /// Opens the journal in `folder`, which is made if it is not there.
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

    /// Writes down what changed in `cloud` since the last time, as one step.
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
        // What half a write may have left behind goes first.
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

/// What stands after all steps of the file, if there is one.
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

/// Replaces the journal by one that says no more than `restored`.
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

    /// An empty folder of its own for each test.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("journal-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    /// A process that another test starts holds our lock from its fork to its exec.
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
    fn what_was_recorded_is_there_again() {
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
    fn opening_keeps_only_what_stands() {
        let folder = folder("compact");
        let (mut journal, mut cloud) = reopened(&folder);
        for life in 0..50 {
            cloud.add_project("p", life, None);
            cloud.iam.place("//x/y", "p");
            journal.record(&mut cloud).expect("writes");
            cloud.iam.displace("//x/y");
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
        assert_eq!(lines(), 1);
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
