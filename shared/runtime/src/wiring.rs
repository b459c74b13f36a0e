//! What a function is wired to.

use crate::{ConfigError, DeadLetters, Guard, PushAuth, Settings, Verifier};
use gcp::{Client, Endpoints, Publisher, RestPublisher, TokenProvider, Transport};
use names::Clock;
use std::{io, sync::Arc};

/// The world as a function reaches it, as its own identity.
#[derive(Clone)]
pub struct Wiring {
    /// Calls Google's APIs.
    pub client: Client,
    /// Publishes messages.
    pub publisher: Arc<dyn Publisher>,
    /// Sends bytes.
    pub transport: Arc<dyn Transport>,
    /// Verifies identity tokens.
    pub verifier: Arc<Verifier>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Wiring {
    /// The real world, or the one at `GROUNDCREW_ENDPOINT`.
    ///
    /// # Errors
    /// No connection can be prepared (no CA certificates).
    pub fn new(settings: &Settings) -> io::Result<Self> {
        let _ = settings;
        Err(io::Error::other("not built yet"))
    }

    /// Everything by REST over `transport`: in process and in tests.
    #[must_use]
    pub fn over(
        transport: Arc<dyn Transport>,
        tokens: Arc<dyn TokenProvider>,
        clock: Arc<dyn Clock>,
        settings: &Settings,
    ) -> Self {
        let endpoints = settings
            .endpoint
            .as_deref()
            .map_or_else(Endpoints::google, Endpoints::local);
        let client = Client::new(transport.clone(), tokens, endpoints, clock.clone());
        Self {
            publisher: Arc::new(RestPublisher::new(client.clone())),
            client,
            verifier: Arc::new(Verifier::new(
                transport.clone(),
                &settings.jwks,
                clock.clone(),
            )),
            transport,
            clock,
        }
    }

    /// The guard that `settings` ask for.
    ///
    /// # Errors
    /// [`Settings::check`] finds faults.
    pub fn guard(&self, settings: &Settings) -> Result<Guard, ConfigError> {
        settings.check()?;
        let (Some(audience), Some(account)) = (&settings.push_audience, &settings.push_account)
        else {
            // `check` lets them be absent only where authentication is off.
            return Ok(Guard::Off);
        };
        Ok(match settings.push_auth {
            PushAuth::Off => Guard::Off,
            PushAuth::On => Guard::Push {
                audience: audience.clone(),
                account: account.clone(),
                verifier: self.verifier.clone(),
            },
        })
    }

    /// Where `settings` have undeliverable events recorded.
    #[must_use]
    pub fn dead_letters(&self, settings: &Settings) -> DeadLetters {
        DeadLetters::new(self.publisher.clone(), settings.dead_letter_topic.clone())
    }
}
