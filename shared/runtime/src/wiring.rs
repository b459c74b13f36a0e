//! The clients that a function uses.

use crate::{
    ConfigError, DeadLetters, PushAuth, PushAuthenticator, Settings, SystemClock, Verifier,
};
use gcp::{
    Client, Endpoints, Publisher, ReqwestTransport, RestPublisher, TokenProvider, Transport,
    credentials::MetadataServer,
};
use names::Clock;
use std::{io, sync::Arc};

/// Google's metadata server.
const METADATA: &str = "metadata.google.internal";

/// Makes a publisher with the identity and the endpoint of a client.
pub type NewPublisher = fn(&Client) -> Arc<dyn Publisher>;

/// The clients that a function uses, with its own identity.
#[derive(Clone)]
pub struct Wiring {
    /// Calls Google's APIs as the function's service account.
    pub client: Client,
    /// Publishes with the same identity, by REST or through the client library.
    pub publisher: Arc<dyn Publisher>,
    /// Carries the requests of `client` and fetches the keys of `verifier`.
    pub transport: Arc<dyn Transport>,
    /// Verifies identity tokens, of pushes and of machines.
    pub verifier: Arc<Verifier>,
    /// The clock of deliveries, token expiry and cached keys.
    pub clock: Arc<dyn Clock>,
}

impl Wiring {
    /// Clients of Google Cloud, or of `GROUNDCREW_ENDPOINT`, with the identity of
    /// the metadata server. Publishes by REST. Opens no connection.
    ///
    /// # Errors
    /// The transport cannot be prepared.
    pub fn new(settings: &Settings) -> io::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let transport: Arc<dyn Transport> =
            Arc::new(ReqwestTransport::new().map_err(io::Error::other)?);
        let host = settings.metadata_host.as_deref().unwrap_or(METADATA);
        let base = format!("http://{host}");
        let tokens: Arc<dyn TokenProvider> =
            Arc::new(MetadataServer::new(transport.clone(), &base, clock.clone()));
        Ok(Self::over(transport, tokens, clock, settings))
    }

    /// Replaces the publisher by the one that `publisher` makes.
    #[must_use]
    pub fn with_publisher(self, publisher: NewPublisher) -> Self {
        Self {
            publisher: publisher(&self.client),
            ..self
        }
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

    /// The authenticator that `settings` configure.
    ///
    /// # Errors
    /// [`Settings::check`] finds faults.
    pub fn guard(&self, settings: &Settings) -> Result<PushAuthenticator, ConfigError> {
        settings.check()?;
        let (Some(audience), Some(account)) = (&settings.push_audience, &settings.push_account)
        else {
            // `check` lets them be absent only where authentication is off.
            return Ok(PushAuthenticator::Off);
        };
        Ok(match settings.push_auth {
            PushAuth::Off => PushAuthenticator::Off,
            PushAuth::On => PushAuthenticator::Push {
                audience: audience.clone(),
                account: account.clone(),
                verifier: self.verifier.clone(),
            },
        })
    }

    /// The dead letters that `settings` configure.
    #[must_use]
    pub fn dead_letters(&self, settings: &Settings) -> DeadLetters {
        match &settings.dead_letter_topic {
            Some(topic) => DeadLetters::new(self.publisher.clone(), topic.clone()),
            None => DeadLetters::log(io::stdout()),
        }
    }
}
