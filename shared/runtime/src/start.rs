//! The `main` of every function.

use crate::{ConfigError, Function, Settings, SystemClock, Wiring, config, log, serve::serve};
use actix_web::rt::System;
use serde::de::DeserializeOwned;
use std::{
    net::{Ipv4Addr, TcpListener},
    process::ExitCode,
    sync::Arc,
};

/// Reads the settings and the function's own configuration `C`, and serves it
/// on `PORT` until SIGTERM. With `--check` it only says what is wrong with
/// them, and exits with 1 if anything is.
///
/// Without authentication it listens on the loopback interface only.
pub fn main<C, F, B>(build: B) -> ExitCode
where
    C: DeserializeOwned + Send + Sync + 'static,
    F: Function,
    B: Fn(&C, &Wiring) -> F + Clone + Send + 'static,
{
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        ["--help" | "-h"] => {
            eprintln!("{} [--check]\n{HELP}", F::NAME);
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{} takes no argument but --check and --help", F::NAME);
            return ExitCode::from(2);
        }
    };
    let (settings, config) = match both(Settings::read(), config::read::<C>()) {
        Ok(read) => read,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    if check {
        return ExitCode::SUCCESS;
    }
    let project = settings.dead_letter_topic.project().clone();
    log::start_logging(&settings.rust_log, &project, Arc::new(SystemClock));
    let config = Arc::new(config);
    let served = System::new().block_on(async {
        let listener = TcpListener::bind((settings.host(), settings.port))?;
        serve(listener, settings, move |wiring| build(&config, wiring)).await
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(function = F::NAME, "cannot serve: {error}");
            ExitCode::FAILURE
        }
    }
}

const HELP: &str = "Serves one function of groundcrew. It is configured by environment variables;
--check names those that are missing or malformed, and exits.";

/// Both, or the faults of both.
fn both<A, B>(
    first: Result<A, ConfigError>,
    second: Result<B, ConfigError>,
) -> Result<(A, B), ConfigError> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (first, second) => {
            let faults = [first.err(), second.err()];
            let faults = faults
                .into_iter()
                .flatten()
                .flat_map(|e| e.faults)
                .collect();
            Err(ConfigError { faults })
        }
    }
}

impl Settings {
    fn host(&self) -> Ipv4Addr {
        match self.push_auth {
            config::PushAuth::On => Ipv4Addr::UNSPECIFIED,
            config::PushAuth::Off => Ipv4Addr::LOCALHOST,
        }
    }
}
