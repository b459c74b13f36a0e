//! The user's SSH key: ciphertext in the bucket, plaintext on this machine
//! while the command runs, and nowhere else.
//!
//! The file lies in a folder of its own, which none but the agent's user may
//! enter. A kill of the agent leaves it there, until the next agent starts; in
//! memory ([`crate::Options::secrets`]) it does not outlive the machine.

use crate::backoff;
use gcp::{
    Class, Classify, Client, Error, ErrorKind,
    methods::{kms, storage},
};
use names::{BucketName, CryptoKeyName, Duration};
use secrecy::{ExposeSecret, SecretSlice};
use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The key as the deployment keeps it.
#[derive(Clone)]
pub(crate) struct Sealed {
    pub(crate) client: Client,
    pub(crate) bucket: BucketName,
    pub(crate) key: CryptoKeyName,
    pub(crate) retry: Duration,
}

impl Sealed {
    /// Reads and decrypts it, however often that must be tried.
    ///
    /// # Errors
    /// It cannot be had for good: what, and why, in Google's words.
    pub(crate) async fn open(self) -> Result<SecretSlice<u8>, String> {
        let mut backoff = backoff::starting_at(self.retry);
        loop {
            match self.try_open().await {
                Ok(Some(opened)) => return Ok(opened),
                Ok(None) => {
                    return Err(format!(
                        "there is no SSH key at gs://{}/{}: \
                         `groundcrew account apply --ssh-key FILE` puts one there",
                        self.bucket,
                        names::ssh_key()
                    ));
                }
                Err(error) if is_final(&error) => {
                    let (object, bucket, key) = (names::ssh_key(), &self.bucket, &self.key);
                    return Err(format!(
                        "the SSH key gs://{bucket}/{object} cannot be decrypted with {key}: {error}"
                    ));
                }
                Err(error) => {
                    tracing::warn!(%error, "no SSH key yet");
                    backoff.wait().await;
                }
            }
        }
    }

    async fn try_open(&self) -> Result<Option<SecretSlice<u8>>, Error> {
        let object = names::ssh_key();
        let read = storage::read_object(&self.client, &self.bucket, &object);
        let ciphertext = match read.await {
            Ok(ciphertext) => ciphertext,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let aad = names::ssh_key_aad(&self.bucket);
        let opened = kms::decrypt(&self.client, &self.key, &ciphertext, aad.as_bytes());
        opened.await.map(Some)
    }
}

/// Whether asking again will not help. A token may: the next one is fresh.
fn is_final(error: &Error) -> bool {
    match (&error.kind, error.class()) {
        (ErrorKind::Token(_), _) | (ErrorKind::Status { status: 401, .. }, _) => false,
        (_, Class::Transient) => false,
        (_, Class::Conflict | Class::Denied | Class::Invalid | Class::Bug) => true,
    }
}

/// Where a machine's key file lies: a folder of its own.
#[derive(Debug, Clone)]
pub(crate) struct Place(PathBuf);

impl Place {
    /// The place of the machine `instance_id`, in `secrets`.
    pub(crate) fn new(secrets: &Path, instance_id: &str) -> Self {
        Self(secrets.join(format!("groundcrew-ssh-{instance_id}")))
    }

    /// Removes what a former agent left there.
    pub(crate) fn clear(&self) {
        match fs::remove_dir_all(&self.0) {
            Ok(()) => tracing::warn!(folder = %self.0.display(), "removed what was left there"),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => {
                tracing::error!(folder = %self.0.display(), error = %e, "it cannot be removed");
            }
        }
    }

    /// Writes `key` there, for this user's eyes only from the first moment on.
    ///
    /// # Errors
    /// The folder is there, or cannot be written: where, and why.
    pub(crate) fn write(&self, key: &SecretSlice<u8>) -> Result<Opened, String> {
        let told = |e| format!("the SSH key cannot be written to {}: {e}", self.0.display());
        self.try_write(key).map_err(told)
    }

    fn try_write(&self, key: &SecretSlice<u8>) -> io::Result<Opened> {
        if let Some(secrets) = self.0.parent() {
            fs::create_dir_all(secrets)?;
        }
        // Fails if somebody else made it, who could then look inside.
        DirBuilder::new().mode(0o700).create(&self.0)?;
        // From here on it is removed, whatever happens.
        let opened = Opened(self.clone());
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(opened.path())?;
        file.write_all(key.expose_secret())?;
        Ok(opened)
    }
}

/// The key in a file, which goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Opened(Place);

impl Opened {
    /// The file.
    pub(crate) fn path(&self) -> PathBuf {
        self.0.0.join("id")
    }

    /// Tells a command where the key is, and git to use it, unless the job
    /// says what git is to use.
    pub(crate) fn tell(&self, env: &mut BTreeMap<String, String>) {
        let path = self.path().display().to_string();
        let ssh = format!(
            "ssh -i {} -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new",
            quoted(&path)
        );
        env.entry("GIT_SSH_COMMAND".to_owned()).or_insert(ssh);
        env.insert("GROUNDCREW_SSH_KEY".to_owned(), path);
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Err(e) = fs::remove_dir_all(&self.0.0) {
            tracing::error!(folder = %self.0.0.display(), error = %e, "the SSH key stays behind");
        }
    }
}

/// `path` as a word for the shell that git starts ssh with.
fn quoted(path: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-".contains(&b);
    match path.bytes().all(is_plain) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;
    use std::os::unix::fs::PermissionsExt;

    fn key() -> SecretSlice<u8> {
        b"KEY".to_vec().into()
    }

    #[test]
    fn a_key_is_private_and_goes_with_its_owner() {
        let folder = Folder::new("private");
        let place = Place::new(&folder.0.join("new"), "7");
        let opened = place.write(&key()).expect("writable");
        let mode = |path: &Path| {
            let found = fs::metadata(path).expect("there");
            found.permissions().mode() & 0o777
        };
        assert_eq!((mode(&place.0), mode(&opened.path())), (0o700, 0o600));
        assert_eq!(fs::read(opened.path()).expect("readable"), b"KEY");
        drop(opened);
        assert!(!place.0.exists());
    }

    #[test]
    fn a_folder_that_somebody_else_made_is_not_used() {
        let folder = Folder::new("theirs");
        let place = Place::new(&folder.0, "7");
        fs::create_dir(&place.0).expect("writable");
        let fault = place.write(&key()).expect_err("theirs");
        assert!(fault.contains("groundcrew-ssh-7: File exists"), "{fault}");
        assert!(place.0.exists());
        // The next agent clears it.
        place.clear();
        assert!(!place.0.exists());
    }

    #[test]
    fn git_finds_a_key_whatever_its_path() {
        for (path, word) in [
            (
                "/dev/shm/groundcrew-ssh-7/id",
                "/dev/shm/groundcrew-ssh-7/id",
            ),
            ("/it's mine/id", r"'/it'\''s mine/id'"),
        ] {
            assert_eq!(quoted(path), word);
        }
    }
}
