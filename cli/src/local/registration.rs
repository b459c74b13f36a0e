//! The file by which commands find the running local cloud.

use super::{Local, OAUTH_CLIENT};
use anyhow::{Context, Result};
use names::ProjectId;
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// What a running local cloud publishes about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Its process ID.
    pub pid: u32,
    /// The base URL of all its APIs.
    pub url: String,
    /// The project of the functions and topics.
    pub home: ProjectId,
    /// The operator's email address.
    pub operator: String,
    /// A file with a current access token of the operator.
    pub token_file: PathBuf,
}

impl Registration {
    /// The folder of the file: `GROUNDCREW_RUN`, else
    /// `$XDG_RUNTIME_DIR/groundcrew`, else one per user under the system's
    /// temporary folder.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the command line finds its own files"
    )]
    pub fn folder() -> PathBuf {
        if let Ok(folder) = std::env::var("GROUNDCREW_RUN") {
            return folder.into();
        }
        match std::env::var("XDG_RUNTIME_DIR") {
            Ok(folder) => Path::new(&folder).join("groundcrew"),
            Err(_) => std::env::temp_dir()
                .join(format!("groundcrew-{}", rustix::process::getuid().as_raw())),
        }
    }

    fn create_folder() -> Result<PathBuf> {
        let folder = Self::folder();
        fs::create_dir_all(&folder)
            .and_then(|()| fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)))
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }

    /// Waits until no other process is starting a local cloud, and keeps others
    /// from starting one until the file is closed.
    ///
    /// # Errors
    /// The lock file cannot be created or locked.
    pub fn lock() -> Result<fs::File> {
        let path = Self::create_folder()?.join("start.lock");
        fs::File::create(&path)
            .and_then(|file| file.lock().map(|()| file))
            .with_context(|| format!("cannot lock {}", path.display()))
    }

    /// The certificate authority of the cloud's names, in PEM.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.token_file.with_file_name("ca.pem")
    }

    /// The operator's application default credentials.
    #[must_use]
    pub fn credentials_file(&self) -> PathBuf {
        self.token_file
            .with_file_name("application_default_credentials.json")
    }

    /// gsutil's configuration.
    #[must_use]
    pub fn boto_file(&self) -> PathBuf {
        self.token_file.with_file_name("boto")
    }

    fn file() -> PathBuf {
        Self::folder().join("local.json")
    }

    /// Writes the file, and those that it names, readable by the owner only.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self, cloud: &Local) -> Result<()> {
        Self::create_folder()?;
        self.write_token(&cloud.operator_token())?;
        write_atomically(&self.ca_file(), cloud.ca_certificate.as_bytes())?;
        write_atomically(
            &self.credentials_file(),
            &serde_json::to_vec_pretty(&cloud.operator_credentials())?,
        )?;
        write_atomically(&self.boto_file(), self.boto(cloud).as_bytes())?;
        write_atomically(&Self::file(), &serde_json::to_vec_pretty(self)?)
    }

    /// gsutil reads neither the environment's credentials nor its certificates.
    fn boto(&self, cloud: &Local) -> String {
        let token = cloud.operator_refresh_token();
        format!(
            "[Boto]\nca_certificates_file = {}\n\n\
             [Credentials]\ngs_oauth2_refresh_token = {token}\n\n\
             [GSUtil]\nstate_dir = {}\n\n\
             [OAuth2]\nclient_id = {OAUTH_CLIENT}\nclient_secret = {OAUTH_CLIENT}\n",
            self.ca_file().display(),
            self.token_file.with_file_name("gsutil").display(),
        )
    }

    /// Replaces the operator's access token.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write_token(&self, token: &str) -> Result<()> {
        write_atomically(&self.token_file, token.as_bytes())
    }

    /// Reads the file; `None` if it does not exist or its process has exited.
    ///
    /// # Errors
    /// The file exists but cannot be read or parsed.
    pub fn find() -> Result<Option<Self>> {
        let file = Self::file();
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e).with_context(|| format!("cannot read {}", file.display())),
        };
        let found: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is invalid: delete it", file.display()))?;
        Ok(found.is_alive().then_some(found))
    }

    /// Whether its process is running.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        i32::try_from(self.pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
    }

    /// `host:port` of its URL.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap_or(&self.url)
    }

    /// Deletes the files, unless another local cloud has replaced them.
    pub fn remove(&self) {
        if Self::find().ok().flatten().as_ref() == Some(self) {
            // Errors are ignored: the files may be deleted already.
            for file in [
                &Self::file(),
                &self.token_file,
                &self.ca_file(),
                &self.credentials_file(),
                &self.boto_file(),
            ] {
                let _ = fs::remove_file(file);
            }
        }
    }
}

/// Replaces the file in one step, because others may be reading it.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let new = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(&new)
        .and_then(|mut file| io::Write::write_all(&mut file, bytes))
        .and_then(|()| fs::rename(&new, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
