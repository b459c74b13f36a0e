//! `groundcrew access record`: runs a command as an identity of its own, and finds
//! in the audit log what it needed.

use super::{
    identity::Identity,
    process::{is_interrupted, run},
    projects::AuditedProjects,
    report::{Enforced, Report},
    role::Recording,
};
use crate::{
    args::{RecordArgs, TargetArgs},
    local::{Options, Registration},
    local_command::{RegisteredCloud, running},
    out, shell,
    target::Target,
};
use anyhow::{Context, Result, bail};
use gcp::{
    Client,
    methods::{iam::ROLES, logging::list_entries},
};
use names::{CustomRoleName, ProjectId};
use serde_json::json;
use std::{
    cell::Cell,
    collections::BTreeSet,
    ffi::OsString,
    fs::{File, TryLockError},
    future::pending,
    process::ExitCode,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::spawn_blocking,
};

/// With these nothing in a project is refused: Owner lacks the contents of
/// buckets, and credentials of service accounts.
const RECORDING_ROLES: [&str; 3] = [
    "roles/iam.serviceAccountTokenCreator",
    "roles/owner",
    "roles/storage.admin",
];

/// `groundcrew access record`
pub(crate) async fn record(args: &RecordArgs) -> Result<ExitCode> {
    // From here on signals end the command, not this process, which cleans up.
    let _handled = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let starting = spawn_blocking(Registration::lock).await??;
    let embedded = match running().await? {
        Some(_) => None,
        None => Some(RegisteredCloud::start(&Options::default()).await?),
    };
    drop(starting);
    let renewals = async {
        match &embedded {
            Some(cloud) => cloud.renew_token().await,
            None => pending().await,
        }
    };
    let recorded = tokio::select! {
        recorded = recorded(args) => recorded,
        () = renewals => bail!("the operator's token is no longer renewed"),
    };
    if let Some(cloud) = embedded {
        // These do not get the signal that ended the command.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let interrupted = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        cloud.stop(interrupted).await?;
    }
    recorded
}

/// Keeps a second recording from taking the first one's log away.
fn lock() -> Result<File> {
    let path = Registration::folder().join("record.lock");
    let file = File::create(&path);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another recording is running: wait for its end"),
        Err(TryLockError::Error(error)) => Err(error).context("cannot lock record.lock"),
    }
}

async fn recorded(args: &RecordArgs) -> Result<ExitCode> {
    let _lock = lock()?;
    let cloud = running().await?.context("the local cloud has stopped")?;
    let target = Target::find(&TargetArgs::default()).await?;
    let projects = AuditedProjects::begin(&target.client).await?;
    let session = Session {
        project: args.project.clone().unwrap_or_else(|| cloud.home.clone()),
        id: target.now().as_micros() & 0xffff_ffff,
        runs: Cell::new(0),
        client: target.client,
        cloud,
        projects,
        command: &args.command,
    };
    let report = session.report(args).await;
    session.projects.end().await?;
    let report = report?;
    report.print(args.json)?;
    Ok(ExitCode::from(report.exit_code()))
}

/// One recording.
struct Session<'a> {
    client: Client,
    cloud: Registration,
    projects: AuditedProjects,
    /// Of the role.
    project: ProjectId,
    /// In the names of all that is made for it.
    id: i64,
    /// So far: the ID of a deleted role cannot be used again.
    runs: Cell<u32>,
    command: &'a [OsString],
}

impl Session<'_> {
    async fn report(&self, args: &RecordArgs) -> Result<Report> {
        let roles = RECORDING_ROLES.iter();
        let roles = roles.flat_map(|role| self.projects.everywhere(role));
        let (exit_code, recording, is_complete) = self.run("record", roles.collect()).await?;
        let mut report = Report {
            command: self.command_line(),
            project: self.project.clone(),
            exit_code,
            recording,
            unneeded: Vec::new(),
            is_complete,
            enforced: None,
        };
        if is_interrupted(exit_code) {
            return Ok(report);
        }
        if args.minimal {
            self.leave_out_unneeded(&mut report).await?;
        }
        if args.enforce {
            report.enforced = Some(self.enforce(&report.recording).await?);
        }
        Ok(report)
    }

    /// Takes each permission away in turn, and leaves out those without which the
    /// command succeeds.
    async fn leave_out_unneeded(&self, report: &mut Report) -> Result<()> {
        if report.exit_code != 0 {
            bail!(
                "the command exits with {}: what it can do without is not known",
                report.exit_code
            );
        }
        let used = report.recording.granted.iter();
        let used: BTreeSet<String> = used.map(|one| one.permission.clone()).collect();
        for permission in used {
            let mut less = report.recording.clone();
            less.granted.retain(|one| one.permission != permission);
            out::note!("running the command without {permission}");
            let exit_code = self.enforce(&less).await?.exit_code;
            if is_interrupted(exit_code) {
                bail!("interrupted");
            }
            if exit_code == 0 {
                report.recording = less;
                report.unneeded.push(permission);
            }
        }
        Ok(())
    }

    /// Runs the command with the least role in each project.
    async fn enforce(&self, recording: &Recording) -> Result<Enforced> {
        let mut roles = Vec::new();
        let mut made: Result<()> = Ok(());
        for (project, _) in self.projects.everywhere("") {
            let permissions = recording.permissions(project.as_str());
            if permissions.is_empty() {
                continue;
            }
            let run = self.runs.get();
            let role = format!("projects/{project}/roles/accessRecord{:x}.{run}", self.id);
            let name: CustomRoleName = role.parse()?;
            let fields = json!({
                "title": "groundcrew access record",
                "includedPermissions": permissions,
                "stage": "GA",
            });
            if let Err(error) = self.client.create(&name, fields).await {
                made = Err(error.into());
                break;
            }
            roles.push((project, role));
        }
        let ran = match made {
            Ok(()) => self.run("enforce", roles.clone()).await,
            Err(error) => Err(error),
        };
        for (_, role) in roles {
            self.client.answer(&ROLES.delete(&role)).await?;
        }
        let (exit_code, recording, _) = ran?;
        Ok(Enforced {
            exit_code,
            refused: recording.refused,
        })
    }

    /// Runs the command as a new account with these roles: its exit code, what it
    /// needed, and whether the log still had all of it.
    async fn run(
        &self,
        purpose: &str,
        roles: Vec<(ProjectId, String)>,
    ) -> Result<(u8, Recording, bool)> {
        // The log must not have other runs of the same account.
        let id = format!("access-{purpose}-{:x}-{}", self.id, self.runs.get());
        let identity = Identity::new(&self.client, &self.cloud, &self.project, &id, roles)?;
        let ran = async {
            let command = shell::truncate(&self.command_line(), 200);
            identity.create(&self.projects, &command).await?;
            let exit_code = run(self.command, &identity, &self.cloud).await?;
            let (recording, is_complete) = self.read_log(&identity).await?;
            Ok((exit_code, recording, is_complete))
        };
        let ran: Result<_> = ran.await;
        self.runs.set(self.runs.get() + 1);
        let removed = identity.remove(&self.projects).await;
        let ran = ran?;
        removed?;
        Ok(ran)
    }

    /// What is in the audit log of an identity, and whether that is all: its
    /// first entry is about its key.
    async fn read_log(&self, identity: &Identity) -> Result<(Recording, bool)> {
        let (email, names) = (&identity.email, self.projects.names());
        let by = format!("protoPayload.authenticationInfo.principalEmail=\"{email}\"");
        let entries = list_entries(&self.client, &names, &by).await?;
        let first = format!(
            "protoPayload.methodName=\"iam.projects.serviceAccounts.keys.create\" AND \
             protoPayload.resourceName:\"{email}\""
        );
        let first = list_entries(&self.client, &names, &first).await?;
        let recording = Recording::read(&entries, &self.projects.ids);
        Ok((recording, !first.is_empty()))
    }

    fn command_line(&self) -> String {
        let words = self.command.iter();
        let words: Vec<String> = words.map(|word| word.display().to_string()).collect();
        shell::command(&words, usize::MAX - 1)
    }
}
