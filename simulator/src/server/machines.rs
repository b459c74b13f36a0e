//! Machines as child processes: the real agent, with its own metadata server.

use super::{
    Listener, init, metadata, power,
    processes::{self, MARKER},
};
use crate::{Guest, Host};
use names::proxy_environment;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};
use tokio::process::{Child, Command};

/// How machines are run.
#[derive(Debug, Clone)]
pub struct MachineSettings {
    /// The program that runs as the guest: an agent as the command of [`init()`],
    /// without which daemons that cleared their environment outlive the machine.
    pub agent: PathBuf,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// The metadata attribute without which a machine has nothing for the program
    /// to do, and stays up without it.
    pub attribute: String,
    /// A folder of this local cloud. Each machine has a subfolder named by its
    /// numeric ID, which is its home and goes when the machine is deleted.
    /// `serial.log` in it has its output, `run` its in-memory files
    /// (`XDG_RUNTIME_DIR`).
    pub work_dir: PathBuf,
    /// `PATH` of the machines. They inherit nothing else from this process.
    pub path: OsString,
    /// Origin of the APIs, `http://host:port`: `GROUNDCREW_ENDPOINT` of the machines,
    /// and the proxy by which tools on them reach Google's names.
    pub endpoint: String,
    /// The file of the proxy's certificate authority.
    pub ca: PathBuf,
}

/// The machines that are powered on. Dropping this powers them off.
pub struct Machines {
    host: Arc<Host>,
    settings: MachineSettings,
    running: Mutex<BTreeMap<String, RunningMachine>>,
}

impl Machines {
    /// Manages the machines of the cloud in `host`; none runs yet.
    ///
    /// # Errors
    /// The work folder cannot be created.
    pub fn new(host: Arc<Host>, mut settings: MachineSettings) -> io::Result<Arc<Self>> {
        fs::create_dir_all(&settings.work_dir)?;
        // The marker of each process contains the canonical path.
        settings.work_dir = settings.work_dir.canonicalize()?;
        Ok(Arc::new(Self {
            host,
            settings,
            running: Mutex::default(),
        }))
    }

    pub(super) fn running(&self) -> MutexGuard<'_, BTreeMap<String, RunningMachine>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Boots a machine. If that fails, the guest is reported as stopped.
    pub async fn power_on(self: &Arc<Self>, instance: &str) {
        self.power_off(instance);
        let view = self.host.with(|cloud, _| cloud.instance_view(instance));
        if view.is_some_and(|view| !view.metadata.contains_key(&self.settings.attribute)) {
            return;
        }
        let guest = Guest::Instance(instance.to_owned());
        let booted = match metadata::listen(Arc::clone(&self.host), guest).await {
            Ok(metadata) => self.boot(instance, metadata),
            Err(error) => Err(error),
        };
        if let Err(error) = booted {
            tracing::error!(%error, instance, "failed to boot a machine");
            self.report_stopped(instance);
        }
    }

    fn boot(self: &Arc<Self>, instance: &str, metadata: Listener) -> io::Result<()> {
        // Held, so that the watch of a guest that just ended does not kill this
        // one.
        let mut running = self.running();
        let (child, pid) = self.spawn(instance, &metadata)?;
        running.insert(instance.to_owned(), RunningMachine { pid });
        let watch = wait_for_exit(
            Arc::downgrade(self),
            instance.to_owned(),
            child,
            pid,
            metadata,
        );
        tokio::spawn(watch);
        Ok(())
    }

    fn spawn(&self, instance: &str, metadata: &Listener) -> io::Result<(Child, Pid)> {
        let MachineSettings {
            agent,
            args,
            work_dir,
            path,
            endpoint,
            ca,
            ..
        } = &self.settings;
        let ca = ca.display().to_string();
        let folder = work_dir.join(instance);
        fs::create_dir_all(&folder)?;
        let serial = fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join("serial.log"))?;
        let metadata = metadata.addr().to_string();
        let memory = create_memory_dir(&folder)?;
        let own = power::create_commands(&folder.join("bin"), &memory)?;
        let path = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(path)));
        let child = Command::new(agent)
            .args(args)
            .env_clear()
            .env("PATH", path.map_err(io::Error::other)?)
            .env("HOME", &folder)
            // Other clouds have machines with the same IDs: state is per cloud.
            .env("GROUNDCREW_STATE", folder.join("state"))
            .env("XDG_RUNTIME_DIR", &memory)
            .env("GROUNDCREW_SHUTDOWN_MARKER", shutdown_marker(&folder))
            .env("GCE_METADATA_HOST", &metadata)
            .env("GCE_METADATA_IP", &metadata)
            .env("GCE_METADATA_ROOT", &metadata)
            .env("GROUNDCREW_ENDPOINT", endpoint)
            .envs(proxy_environment(endpoint, &ca))
            .env(MARKER, &folder)
            .current_dir(&folder)
            // Never written to. It closes when this process ends.
            .stdin(Stdio::piped())
            .stdout(serial.try_clone()?)
            .stderr(serial)
            .process_group(0)
            .spawn()?;
        let pid = init::pid_of(&child)?;
        power::set_agent(&memory, pid)?;
        Ok((child, pid))
    }

    /// The agent has exited: kills its remaining processes. The machine is down if
    /// it was shutting down, and if the agent `failed`: its unit powers the machine
    /// off then. If not, it stays up.
    fn on_exit(&self, instance: &str, pid: Pid, failed: bool) {
        let mut running = self.running();
        if running.get(instance).is_none_or(|guest| guest.pid != pid) {
            // It was powered off by the cloud.
            return;
        }
        running.remove(instance);
        processes::kill(&self.settings.work_dir, |machine| machine == instance);
        drop(running);
        let marker = shutdown_marker(&self.settings.work_dir.join(instance));
        if failed || marker.exists() {
            self.report_stopped(instance);
        }
    }

    fn report_stopped(&self, instance: &str) {
        self.host
            .with(|cloud, now| cloud.guest_stopped(instance, now));
    }

    /// Asks the guest to shut down, as systemd does: SIGTERM to the agent, which
    /// forwards it to its job.
    pub fn power_button(&self, instance: &str) {
        if let Some(guest) = self.running().get(instance) {
            // Without it the agent takes the signal for one of its command.
            let marker = shutdown_marker(&self.settings.work_dir.join(instance));
            if let Err(error) = fs::write(marker, "") {
                tracing::error!(%error, instance, "the guest cannot see its shutdown");
            }
            // It may be exiting.
            let _ = kill_process(guest.pid, Signal::TERM);
            return;
        }
        // The agent had exited before: the machine is down at once.
        self.report_stopped(instance);
    }

    /// Powers a machine off: kills all of its processes. Without /proc only the
    /// agent's process group is found.
    pub fn power_off(&self, instance: &str) {
        let guest = self.running().remove(instance);
        if let Some(guest) = guest {
            processes::kill(&self.settings.work_dir, |machine| machine == instance);
            if cfg!(not(target_os = "linux")) {
                let _ = kill_process_group(guest.pid, Signal::KILL);
            }
        }
        // In-memory files are lost. They may not exist.
        let _ = fs::remove_dir_all(memory_dir(&self.settings.work_dir.join(instance)));
    }

    /// Deletes the disk of a machine that is off, which is its folder.
    pub fn delete_disk(&self, instance: &str) {
        let folder = self.settings.work_dir.join(instance);
        if let Err(error) = fs::remove_dir_all(folder)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::error!(%error, instance, "failed to delete the folder of a machine");
        }
    }

    /// Kills remaining machine processes of an earlier run in the work folder,
    /// and removes the folders of machines that no longer exist. To be called
    /// once, before commands are carried out.
    pub fn reap_leftovers(&self) {
        let work_dir = &self.settings.work_dir;
        processes::kill(work_dir, |_| true);
        for folder in fs::read_dir(work_dir).into_iter().flatten().flatten() {
            let id = folder.file_name().to_string_lossy().into_owned();
            if self
                .host
                .with(|cloud, _| cloud.instance_view(&id))
                .is_none()
            {
                // Scratch files: the next start tries again.
                let _ = fs::remove_dir_all(folder.path());
            }
        }
    }
}

/// The folder for in-memory files (a tmpfs on a real machine).
fn memory_dir(folder: &Path) -> PathBuf {
    folder.join("run")
}

/// The file that tells the agent that its machine shuts down.
fn shutdown_marker(folder: &Path) -> PathBuf {
    memory_dir(folder).join(power::SHUTDOWN_MARKER)
}

fn create_memory_dir(folder: &Path) -> io::Result<PathBuf> {
    let memory = memory_dir(folder);
    match fs::remove_dir_all(&memory) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        Ok(()) | Err(_) => {}
    }
    fs::DirBuilder::new().mode(0o700).create(&memory)?;
    Ok(memory)
}

/// A machine whose agent is running.
pub(super) struct RunningMachine {
    pub(super) pid: Pid,
}

/// Keeps the metadata server up while the guest runs.
async fn wait_for_exit(
    machines: Weak<Machines>,
    instance: String,
    mut child: Child,
    pid: Pid,
    _metadata: Listener,
) {
    // Would be closed by `wait`.
    let _stdin = child.stdin.take();
    let status = child.wait().await;
    tracing::info!(%instance, ?status, "the guest has exited");
    if let Some(machines) = machines.upgrade() {
        let failed = status.map_or(true, |status| !status.success());
        machines.on_exit(&instance, pid, failed);
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        processes::kill(&self.settings.work_dir, |_| true);
    }
}
