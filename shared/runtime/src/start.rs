//! The `main` of every function.

use crate::{
    ConfigError, Function, NewPublisher, PushAuth, Settings, SystemClock, Wiring, describe,
    environment, log, serve::serve,
};
use actix_web::rt::System;
use gcp::Request;
use serde::de::DeserializeOwned;
use std::{
    io::{self, Write},
    net::{Ipv4Addr, TcpListener},
    process::ExitCode,
    sync::Arc,
};

/// Reads the settings and the function's own configuration `C`, and serves it
/// on `PORT` until SIGTERM.
///
/// With `--check` it validates the configuration and exits, with 1 if it is
/// invalid; `--help` and `--describe` print the variables and the description.
///
/// Without authentication it listens on the loopback interface only. Dead
/// letters are published by REST.
pub fn main<C, F, B>(build: B) -> ExitCode
where
    C: DeserializeOwned + Send + Sync + 'static,
    F: Function,
    B: Fn(&C, &Wiring) -> F + Clone + Send + 'static,
{
    run_main(build, |_: &C| Vec::new(), Wiring::new)
}

/// [`main()`], of a function that calls Google's APIs: `calls` is a sample of
/// every request that it makes, from which `--describe` has the permissions.
/// Publishing a dead letter need not be among them. `publisher` makes what it
/// publishes through.
pub fn main_with_calls<C, F, B, P>(build: B, calls: P, publisher: NewPublisher) -> ExitCode
where
    C: DeserializeOwned + Send + Sync + 'static,
    F: Function,
    B: Fn(&C, &Wiring) -> F + Clone + Send + 'static,
    P: Fn(&C) -> Vec<Request>,
{
    run_main(build, calls, move |settings: &Settings| {
        Ok(Wiring::new(settings)?.with_publisher(publisher))
    })
}

fn run_main<C, F, B, P, W>(build: B, calls: P, wire: W) -> ExitCode
where
    C: DeserializeOwned + Send + Sync + 'static,
    F: Function,
    B: Fn(&C, &Wiring) -> F + Clone + Send + 'static,
    P: Fn(&C) -> Vec<Request>,
    W: Fn(&Settings) -> io::Result<Wiring> + Clone + Send + 'static,
{
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => configured::<C, F>(|settings, config| run(settings, config, wire, build)),
        ["--check"] => configured::<C, F>(|_, _| ExitCode::SUCCESS),
        ["--help" | "-h"] => print(&describe::help::<F>()),
        ["--describe"] => print(&describe::describe::<C, F>(
            environment::environment(),
            calls,
        )),
        _ => {
            let name = F::NAME;
            complain(&format!(
                "{name} takes no argument but --check, --describe and --help"
            ));
            ExitCode::from(2)
        }
    }
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Reads the configuration and continues, or prints its faults.
fn configured<C: DeserializeOwned, F: Function>(
    then: impl FnOnce(Settings, C) -> ExitCode,
) -> ExitCode {
    match both(Settings::read(), environment::read(F::VARIABLES)) {
        Ok((settings, config)) => then(settings, config),
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Writes a line to standard error, if somebody reads it.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn run<C, F, W, B>(settings: Settings, config: C, wire: W, build: B) -> ExitCode
where
    C: Send + Sync + 'static,
    F: Function,
    W: Fn(&Settings) -> io::Result<Wiring> + Clone + Send + 'static,
    B: Fn(&C, &Wiring) -> F + Clone + Send + 'static,
{
    let clock = Arc::new(SystemClock);
    log::start_logging(&settings.rust_log, settings.project(), clock);
    let config = Arc::new(config);
    let served = System::new().block_on(async {
        let listener = TcpListener::bind((settings.host(), settings.port))?;
        serve(listener, settings, wire, move |wiring| {
            build(&config, wiring)
        })
        .await
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(function = F::NAME, "cannot serve: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Both values, or the faults of both together.
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
            PushAuth::On => Ipv4Addr::UNSPECIFIED,
            PushAuth::Off => Ipv4Addr::LOCALHOST,
        }
    }
}
