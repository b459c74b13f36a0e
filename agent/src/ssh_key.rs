//! The user's SSH key: ciphertext in the bucket, and plaintext only on this
//! machine while the command runs.
//!
//! The file is in a folder of its own that only the agent's user can enter. If
//! the agent is killed, the file remains until the next agent starts; in memory
//! (`Options::secrets`) it does not outlive the machine.

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

/// The encrypted key in the bucket.
#[derive(Clone)]
pub(crate) struct EncryptedSshKey {
    pub(crate) client: Client,
    pub(crate) bucket: BucketName,
    pub(crate) key: CryptoKeyName,
    pub(crate) retry: Duration,
}

impl EncryptedSshKey {
    /// Reads and decrypts the key, with retries.
    ///
    /// # Errors
    /// Retrying cannot help. The message names the object and contains Google's
    /// error.
    pub(crate) async fn decrypt(self) -> Result<SecretSlice<u8>, String> {
        let mut backoff = backoff::starting_at(self.retry);
        loop {
            match self.try_decrypt().await {
                Ok(Some(key)) => return Ok(key),
                Ok(None) => {
                    return Err(format!(
                        "SSH key not found at gs://{}/{}: \
                         store one with `groundcrew account apply --ssh-key FILE`",
                        self.bucket,
                        names::ssh_key_object()
                    ));
                }
                Err(error) if is_final(&error) => {
                    let (object, bucket, key) = (names::ssh_key_object(), &self.bucket, &self.key);
                    return Err(format!(
                        "the SSH key gs://{bucket}/{object} cannot be decrypted with {key}: {error}"
                    ));
                }
                Err(error) => {
                    tracing::warn!(%error, "SSH key not decrypted, retrying");
                    backoff.wait().await;
                }
            }
        }
    }

    async fn try_decrypt(&self) -> Result<Option<SecretSlice<u8>>, Error> {
        let object = names::ssh_key_object();
        let read = storage::read_object(&self.client, &self.bucket, &object);
        let ciphertext = match read.await {
            Ok(ciphertext) => ciphertext,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let aad = names::ssh_key_aad(&self.bucket);
        let plaintext = kms::decrypt(&self.client, &self.key, &ciphertext, aad.as_bytes());
        plaintext.await.map(Some)
    }
}

/// Whether retrying cannot help. Errors of the access token are retried, since
/// the next token is a new one.
fn is_final(error: &Error) -> bool {
    match (&error.kind, error.class()) {
        (ErrorKind::Token(_), _) | (ErrorKind::Status { status: 401, .. }, _) => false,
        (_, Class::Transient) => false,
        (_, Class::Conflict | Class::Denied | Class::Invalid | Class::Bug) => true,
    }
}

/// The folder of a machine's key file.
#[derive(Debug, Clone)]
pub(crate) struct SshKeyFolder(PathBuf);

impl SshKeyFolder {
    /// The folder of the machine `instance_id`, in `secrets`.
    pub(crate) fn new(secrets: &Path, instance_id: &str) -> Self {
        Self(secrets.join(format!("groundcrew-ssh-{instance_id}")))
    }

    /// Removes the folder if an earlier agent left it behind.
    pub(crate) fn clear(&self) {
        match fs::remove_dir_all(&self.0) {
            Ok(()) => {
                tracing::warn!(folder = %self.0.display(), "removed the SSH key of an earlier agent")
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => {
                tracing::error!(folder = %self.0.display(), error = %e, "cannot remove the SSH key of an earlier agent");
            }
        }
    }

    /// Writes `key` to a file in the folder. Only this user can read it, from the
    /// moment of its creation.
    ///
    /// # Errors
    /// The folder exists, or cannot be written.
    pub(crate) fn write(&self, key: &SecretSlice<u8>) -> Result<SshKeyFile, String> {
        self.try_write(key)
            .map_err(|e| format!("cannot write the SSH key to {}: {e}", self.0.display()))
    }

    fn try_write(&self, key: &SecretSlice<u8>) -> io::Result<SshKeyFile> {
        if let Some(secrets) = self.0.parent() {
            fs::create_dir_all(secrets)?;
        }
        // Fails if another user created it, who could then read the key.
        DirBuilder::new().mode(0o700).create(&self.0)?;
        // From here on the folder is removed on every path.
        let key_file = SshKeyFile(self.clone());
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(key_file.path())?;
        file.write_all(key.expose_secret())?;
        Ok(key_file)
    }
}

/// The file with the decrypted key. Dropping this removes it with its folder.
#[derive(Debug)]
pub(crate) struct SshKeyFile(SshKeyFolder);

impl SshKeyFile {
    /// Path of the file.
    pub(crate) fn path(&self) -> PathBuf {
        self.0.0.join("id")
    }

    /// Adds the variables that tell the command where the key is and git to use
    /// it. A `GIT_SSH_COMMAND` of the job is kept.
    pub(crate) fn set_env(&self, env: &mut BTreeMap<String, String>) {
        let path = self.path().display().to_string();
        let ssh = format!(
            "ssh -i {} -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new",
            shell_quoted(&path)
        );
        env.entry("GIT_SSH_COMMAND".to_owned()).or_insert(ssh);
        env.insert("GROUNDCREW_SSH_KEY".to_owned(), path);
    }
}

impl Drop for SshKeyFile {
    fn drop(&mut self) {
        if let Err(e) = fs::remove_dir_all(&self.0.0) {
            tracing::error!(folder = %self.0.0.display(), error = %e, "cannot remove the SSH key");
        }
    }
}

/// `path` as a word of the shell command that git runs.
fn shell_quoted(path: &str) -> String {
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
    fn a_key_file_is_private_and_deleted_on_drop() {
        let folder = Folder::new("private");
        let place = SshKeyFolder::new(&folder.0.join("new"), "7");
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
        let place = SshKeyFolder::new(&folder.0, "7");
        fs::create_dir(&place.0).expect("writable");
        let fault = place.write(&key()).expect_err("theirs");
        assert!(fault.contains("groundcrew-ssh-7: File exists"), "{fault}");
        assert!(place.0.exists());
        // The next agent clears it.
        place.clear();
        assert!(!place.0.exists());
    }

    #[test]
    fn git_finds_a_key_file_at_any_path() {
        for (path, word) in [
            (
                "/dev/shm/groundcrew-ssh-7/id",
                "/dev/shm/groundcrew-ssh-7/id",
            ),
            ("/it's mine/id", r"'/it'\''s mine/id'"),
        ] {
            assert_eq!(shell_quoted(path), word);
        }
    }
}
