//! Google's own emulators of Pub/Sub and Firestore, from the Cloud SDK.

use crate::user::until;
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A running emulator, which is killed when this is dropped.
pub struct Emulator {
    child: Child,
    /// The address, `127.0.0.1:port`.
    pub host: String,
}

/// Starts both emulators.
///
/// # Errors
/// There is no Cloud SDK, no Java, or an emulator is not installed.
pub fn start() -> Result<(Emulator, Emulator), String> {
    if Command::new("java").arg("-version").output().is_err() {
        return Err("there is no Java".to_owned());
    }
    let sdk = sdk().ok_or("there is no Google Cloud SDK")?;
    let pubsub = jar(
        &sdk.join("platform/pubsub-emulator/lib"),
        "cloud-pubsub-emulator-",
    )?;
    let firestore = jar(
        &sdk.join("platform/cloud-firestore-emulator"),
        "cloud-firestore-emulator",
    )?;
    let class = "com.google.cloud.datastore.emulator.firestore.CloudFirestore";
    // Both boot concurrently.
    let mut pubsub = Emulator::spawn(Command::new("java").arg("-jar").arg(pubsub));
    let mut firestore = Emulator::spawn(
        Command::new("java")
            .args(["-Duser.language=en", "-cp"])
            .arg(firestore)
            .args([class, "start"]),
    );
    pubsub.wait();
    firestore.wait();
    Ok((pubsub, firestore))
}

fn sdk() -> Option<PathBuf> {
    let has = |folder: &PathBuf| folder.join("platform").is_dir();
    let usual = ["/usr/lib/google-cloud-sdk", "/opt/google-cloud-sdk"].map(PathBuf::from);
    // Last, since gcloud is slow.
    let asked = || {
        let format = "--format=value(installation.sdk_root)";
        let output = Command::new("gcloud")
            .args(["info", format])
            .output()
            .ok()?;
        Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
    };
    usual.into_iter().find(has).or_else(|| asked().filter(has))
}

fn jar(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files = files.map(|file| file.path());
    let jar = files.find(|file| {
        let file = file.file_name().unwrap_or_default().to_string_lossy();
        file.starts_with(name) && file.ends_with(".jar")
    });
    jar.ok_or_else(|| format!("the Cloud SDK has no {name}: gcloud components install it"))
}

impl Emulator {
    fn spawn(command: &mut Command) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let addr = free.expect("a port");
        let child = command
            .args(["--host=127.0.0.1", &format!("--port={}", addr.port())])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("java starts");
        Self {
            child,
            host: addr.to_string(),
        }
    }

    fn wait(&mut self) {
        until("the emulator answers", || {
            let ended = self.child.try_wait().expect("a child");
            assert!(ended.is_none(), "the emulator ended: {ended:?}");
            TcpStream::connect(&self.host).ok()
        });
    }

    /// The base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.host)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
