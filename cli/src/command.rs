//! Dispatches the parsed command line, and maps errors to exit codes.

use crate::{
    access, account,
    args::{
        AccessCommand, AccountCommand, Arguments, Command, DeadLetterCommand, JobCommand,
        LocalCommand, ProductCommand, VolumeCommand,
    },
    dead_letter, generate, job, local_command, logging, out, product, tour, volume,
};
use anyhow::{Context, Result};
use clap::Parser;
use std::{fs, io, path::Path, process::ExitCode};

/// Runs the program. A command that fails prints its error on one line of
/// standard error and exits with 1; invalid arguments exit with 2.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let failure = failure(&arguments.command);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let result = runtime
        .context("cannot start threads")
        .and_then(|runtime| runtime.block_on(run(arguments.command)));
    match result {
        Ok(code) => code,
        // The reader of our output, such as `head`, has closed the pipe.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            out::note!("groundcrew: {}", on_one_line(&error));
            failure
        }
    }
}

/// The exit code for an error of groundcrew's own. Where the exit code is that
/// of another command, it must not be taken for one: ssh uses 255 for that.
fn failure(command: &Command) -> ExitCode {
    let has_other = matches!(
        command,
        Command::Job(JobCommand::Wait { .. }) | Command::Access(AccessCommand::Record(_))
    );
    match has_other {
        true => ExitCode::from(255),
        false => ExitCode::FAILURE,
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Tour(args) => tour::run(&args).await,
        Command::Local(args) => match args.command {
            None => local_command::start(&args.start).await,
            Some(LocalCommand::Env) => local_command::env().await,
            Some(LocalCommand::Exec { command }) => local_command::exec(&command).await,
            Some(LocalCommand::Status { json }) => local_command::status(json).await,
            Some(LocalCommand::Apis { api, json }) => {
                local_command::apis::run(api.as_deref(), json)
            }
            Some(LocalCommand::Stop) => local_command::stop().await,
        },
        Command::Job(command) => match command {
            JobCommand::Submit(args) => job::submit::run(args).await,
            JobCommand::List(args) => job::list::run(&args).await,
            JobCommand::Show { job } => job::show::run(&job).await,
            JobCommand::Logs(args) => job::logs::run(&args).await,
            JobCommand::Wait { job, timeout } => job::wait::run(&job, timeout).await,
            JobCommand::Cancel { job } => job::cancel::run(&job).await,
        },
        Command::Account(command) => match command {
            AccountCommand::Plan(args) => account::inspect::plan(&args).await,
            AccountCommand::Apply(args) => account::apply::run(&args).await,
            AccountCommand::Request { account, no_wait } => {
                account::request::run(&account, no_wait).await
            }
            AccountCommand::List(args) => account::list::run(&args).await,
            AccountCommand::Status(args) => account::inspect::status(&args).await,
            AccountCommand::Drift(args) => account::inspect::drift(&args).await,
            AccountCommand::Revoke { account, fast } => account::revoke::run(&account, fast).await,
            AccountCommand::Delete { account, yes } => account::delete::run(&account, yes).await,
        },
        Command::Product(command) => match command {
            ProductCommand::Plan(args) => product::inspect::plan(&args).await,
            ProductCommand::Apply {
                product,
                delete_environment,
            } => product::apply::run(&product, &delete_environment).await,
            ProductCommand::Status { json, google } => {
                product::status::run(json, google.as_ref()).await
            }
            ProductCommand::Show { product, terraform } => {
                product::show::run(&product, terraform.as_ref()).await
            }
            ProductCommand::Drift(args) => product::inspect::drift(&args).await,
            ProductCommand::Delete { product, yes } => product::delete::run(&product, yes).await,
            ProductCommand::Schema => {
                out::json(&::product::schema())?;
                Ok(ExitCode::SUCCESS)
            }
        },
        Command::DeadLetter(command) => match command {
            DeadLetterCommand::List {
                limit,
                json,
                target,
            } => dead_letter::list::run(limit, json, &target).await,
            DeadLetterCommand::Show { id, json, target } => {
                dead_letter::show::run(id, json, &target).await
            }
            DeadLetterCommand::Replay {
                chosen,
                topic,
                target,
            } => dead_letter::replay::run(&chosen, topic.as_ref(), &target).await,
            DeadLetterCommand::Drop {
                chosen,
                yes,
                target,
            } => dead_letter::drop::run(&chosen, yes, &target).await,
        },
        Command::Volume(command) => match command {
            VolumeCommand::Create { name, account } => volume::create::run(&name, &account).await,
            VolumeCommand::List(args) => volume::list::run(&args).await,
            VolumeCommand::Delete { name, account, yes } => {
                volume::delete::run(&name, &account, yes).await
            }
        },
        Command::Access(AccessCommand::Explain(args)) => access::explain(&args).await,
        Command::Access(AccessCommand::Record(args)) => access::record(&args).await,
        Command::Machine { command } => {
            logging::agent();
            Ok(simulator::server::init(&command).await?)
        }
        Command::Agent => {
            logging::agent();
            Ok(agent::run(agent::Options::from_env()?).await?)
        }
        Command::Generate { dir } => write_generated(&dir),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "where Google's facts are, only who generates knows"
)]
fn write_generated(dir: &Path) -> Result<ExitCode> {
    let mut files = generate::deploy::files();
    match std::env::var("GROUNDCREW_SHARED") {
        Ok(shared) => {
            let read = |path: &str| {
                let path = Path::new(&shared).join(path);
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
            };
            files.extend(generate::google_data(read)?);
        }
        Err(_) => out::note!(
            "GROUNDCREW_SHARED is not set: simulator/data, shared/events/data and cli/data are left as they are"
        ),
    }
    for (path, text) in files {
        let path = dir.join(path);
        let folder = path.parent().unwrap_or(dir);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))?;
        out::note!("wrote {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

/// An error and its causes, without causes whose text is already included.
fn on_one_line(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    match error.chain().find_map(advice) {
        Some(advice) if !text.contains(&advice) => format!("{text}; next: {advice}"),
        Some(_) | None => text,
    }
}

/// What to do about Google's reason for refusing a call.
fn advice(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    match (cause.downcast_ref(), cause.downcast_ref()) {
        (Some(ledger::Error::Api(error)), _) => error.advice(),
        (_, Some(error)) => gcp::Error::advice(error),
        (Some(_) | None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_cause_is_printed_once() {
        let error = anyhow::anyhow!("no such file").context("cannot read x");
        assert_eq!(on_one_line(&error), "cannot read x: no such file");
        let error = anyhow::anyhow!("403: no").context("insert: 403: no");
        assert_eq!(on_one_line(&error), "insert: 403: no");
    }

    #[test]
    fn advice_follows_from_googles_reason() {
        let refused = |details| gcp::Error {
            method: "pubsub.projects.topics.publish",
            resource: "/r".to_owned(),
            is_conditional: false,
            kind: gcp::ErrorKind::Status {
                status: 403,
                reason: "PERMISSION_DENIED".to_owned(),
                message: "no".to_owned(),
                retry_after: None,
                details,
            },
        };
        let disabled = serde_json::json!({ "details": [{
            "reason": "SERVICE_DISABLED",
            "metadata": { "service": "pubsub.googleapis.com", "consumer": "projects/42" },
        }]});
        let advice = "; next: enable the API with \
                      `gcloud services enable pubsub.googleapis.com --project=42`";
        let error = anyhow::Error::from(refused(disabled.clone()));
        assert!(on_one_line(&error).ends_with(advice), "{error:#}");
        let api = ledger::Error::Api(Box::new(refused(disabled)));
        let error = anyhow::Error::from(api).context("the job was not submitted");
        assert!(on_one_line(&error).ends_with(advice), "{error:#}");
        let error = anyhow::Error::from(refused(serde_json::Value::Null));
        assert!(!on_one_line(&error).contains("next:"), "{error:#}");
    }
}
