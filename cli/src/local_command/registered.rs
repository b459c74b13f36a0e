//! A local cloud in this process that other processes find.

use crate::{
    local::{Local, Options, Registration, install::OPERATOR},
    out,
};
use anyhow::{Result, bail};
use names::Duration;
use tokio::time::{interval, timeout};

/// Between renewals of the operator's token, which expires after an hour.
const TOKEN_RENEWAL: Duration = Duration::from_secs(600);
/// Time limit for draining: longer than a function may take for a delivery.
pub(super) const DRAIN_TIMEOUT: Duration = Duration::from_secs(40);

pub(crate) struct RegisteredCloud {
    local: Local,
    registration: Registration,
}

impl RegisteredCloud {
    /// Starts it; the caller holds [`Registration::lock`].
    pub(crate) async fn start(options: &Options) -> Result<Self> {
        let local = Local::start(options, None, None).await?;
        let registration = Registration {
            pid: std::process::id(),
            url: local.url.clone(),
            home: local.deployment.home.clone(),
            operator: OPERATOR.to_owned(),
            token_file: Registration::folder().join("operator.token"),
        };
        if let Err(error) = registration.write(&local) {
            local.stop().await;
            return Err(error);
        }
        Ok(Self {
            local,
            registration,
        })
    }

    pub(super) fn registration(&self) -> &Registration {
        &self.registration
    }

    /// Whether it was restored from persisted state.
    pub(super) fn is_resumed(&self) -> bool {
        self.local.resumed
    }

    /// Renews the operator's token, for ever.
    pub(crate) async fn renew_token(&self) {
        let mut renew = interval(TOKEN_RENEWAL);
        loop {
            renew.tick().await;
            let token = self.local.operator_token();
            if let Err(error) = self.registration.write_token(&token) {
                out::note!("groundcrew: cannot renew the operator's token: {error:#}");
            }
        }
    }

    /// Drains and stops it, at once when `interrupted` returns.
    pub(crate) async fn stop(self, interrupted: impl Future<Output = ()>) -> Result<()> {
        let stopped = tokio::select! {
            stopped = timeout(DRAIN_TIMEOUT, self.local.stop()) => stopped.is_ok(),
            () = interrupted => false,
        };
        self.registration.remove();
        if !stopped {
            bail!("the local cloud was stopped before it was drained");
        }
        Ok(())
    }
}
