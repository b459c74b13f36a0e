//! Faults of the network and of processes, at random rates.

use crate::dice::Dice;
use bytes::Bytes;
use gcp::{BoxFuture, SendError, Transport};
use http::{Request, Response};
use names::{Clock, Duration, Timestamp};
use simulator::Host;
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};
use tokio::{sync::Notify, time::sleep};

/// The rates of faults, per 1,000 requests or messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultRates {
    /// The connection fails; nothing was sent.
    pub unsent: u64,
    /// Google responds with 429 or 503, Compute Engine also with its rate limit,
    /// a 403; nothing was applied.
    pub refused: u64,
    /// The request is applied and the response is lost.
    pub lost: u64,
    /// The request is applied later, long after the caller has given up.
    pub late: u64,
    /// The caller's process crashes before the request or after it was applied.
    pub crash: u64,
    /// A push is delivered twice, or much later.
    pub redelivered: u64,
    /// An agent's report is lost.
    pub report_lost: u64,
    /// An instance never boots.
    pub boot_failure: u64,
    /// An instance boots only shortly before the boot deadline.
    pub slow_boot: u64,
    /// A Spot instance is preempted, or another has a host error, per 1,000
    /// instances and minute.
    pub preempted: u64,
    /// An agent is killed, per 1,000 instances and minute.
    pub agent_dies: u64,
    /// A command powers its instance off, per 1,000 instances and minute.
    pub powers_off: u64,
    /// A zone of the deployment, but for the last, lacks the usual machine type.
    pub zone_lacks: u64,
    /// A zone of the deployment has no machine to give, per 1,000 zones and
    /// quarters of an hour.
    pub stockout: u64,
}

impl FaultRates {
    /// Random rates: each fault is absent, rare or frequent.
    #[must_use]
    pub fn random(dice: &Dice) -> Self {
        let often = |most: u64| match dice.between(0, 3) {
            0 => 0,
            1 => most / 8,
            2 => most / 3,
            _ => most,
        };
        Self {
            unsent: often(60),
            refused: often(80),
            lost: often(60),
            late: often(80),
            crash: often(80),
            redelivered: often(150),
            report_lost: often(120),
            boot_failure: often(400),
            slow_boot: often(300),
            preempted: often(150),
            agent_dies: 0,
            powers_off: 0,
            zone_lacks: 0,
            stockout: 0,
        }
    }

    /// The same, with machines that stop by themselves and zones that lack them.
    #[must_use]
    pub fn with_self_stops(self, dice: &Dice) -> Self {
        Self {
            agent_dies: dice.between(0, 30),
            powers_off: dice.between(0, 30),
            zone_lacks: dice.between(0, 400),
            stockout: dice.between(0, 600),
            ..self
        }
    }
}

/// The faults of a world, which end at a certain time.
pub struct Chaos {
    /// The source of randomness.
    pub dice: Dice,
    /// The rates of the faults.
    pub rates: FaultRates,
    /// When the faults end.
    pub calm_from: Timestamp,
    /// The world's clock.
    pub clock: Arc<dyn Clock>,
    /// Connections that fail deterministically.
    pub connection_faults: Option<ConnectionFaults>,
}

impl Chaos {
    /// Whether a fault of this rate occurs now.
    #[must_use]
    pub fn occurs(&self, per_mille: u64) -> bool {
        per_mille > 0 && self.clock.now() < self.calm_from && self.dice.chance(per_mille)
    }

    /// A random network latency of some milliseconds.
    #[must_use]
    pub fn latency(&self) -> Duration {
        Duration::from_millis(self.dice.between(1, 80))
    }

    /// A random delay of up to an hour, with short ones as likely as long ones.
    #[must_use]
    pub fn long_delay(&self) -> Duration {
        let most = [5, 60, 600, 3600][usize::try_from(self.dice.between(0, 3)).unwrap_or(0)];
        Duration::from_secs(self.dice.between(1, most))
    }
}

/// Changes a request before it is sent, to simulate a bug in the caller. The
/// first argument is the caller's name.
pub type RequestMutation = fn(&str, Request<Bytes>) -> Request<Bytes>;

/// When a connection fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionFault {
    /// Before the request is sent.
    BeforeRequest,
    /// After the request was applied, before the response arrives.
    BeforeResponse,
}

/// Whether the connection of the process of that name fails on a request.
pub type ConnectionFaults = fn(&str, &Request<Bytes>, Timestamp) -> Option<ConnectionFault>;

/// Signals the crash of a process. Waiters are notified in the order in which they
/// began to wait, so that a seed is reproducible.
#[derive(Default)]
pub struct CrashSignal {
    crashed: AtomicBool,
    notify: Notify,
}

impl CrashSignal {
    fn crash(&self) {
        self.crashed.store(true, Relaxed);
        self.notify.notify_waiters();
    }

    /// Waits until the process has crashed.
    pub async fn wait(&self) {
        let mut crashed = std::pin::pin!(self.notify.notified());
        crashed.as_mut().enable();
        if !self.crashed.load(Relaxed) {
            crashed.await;
        }
    }
}

/// The transport of one process to the cloud, with faults.
pub struct FaultyTransport {
    /// The cloud.
    pub host: Arc<Host>,
    /// The faults.
    pub chaos: Arc<Chaos>,
    /// The name of the process, for [`RequestMutation`] and [`ConnectionFaults`].
    pub caller: String,
    /// Notified when the process must crash.
    pub crash_signal: Option<Arc<CrashSignal>>,
    /// A simulated bug of the caller.
    pub mutation: Option<RequestMutation>,
}

impl FaultyTransport {
    async fn send_with_faults(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, SendError> {
        let chaos = &self.chaos;
        let request = match self.mutation {
            Some(mutate) => mutate(&self.caller, request),
            None => request,
        };
        sleep(chaos.latency()).await;
        let fault = chaos
            .connection_faults
            .and_then(|fault| fault(&self.caller, &request, chaos.clock.now()));
        if fault == Some(ConnectionFault::BeforeRequest) || chaos.occurs(chaos.rates.unsent) {
            return Err(SendError::NotSent("no connection".into()));
        }
        if chaos.occurs(chaos.rates.refused) {
            let is_compute = request.uri().path().starts_with("/compute/");
            return Ok(error_response(chaos.dice.chance(500), is_compute));
        }
        if let Some(crash_signal) = &self.crash_signal
            && chaos.occurs(chaos.rates.crash)
        {
            if chaos.dice.chance(500) {
                self.host.call(request).await;
            }
            crash_signal.crash();
            return pending().await;
        }
        if chaos.occurs(chaos.rates.late) {
            let (host, wait) = (self.host.clone(), chaos.long_delay());
            tokio::spawn(async move {
                sleep(wait).await;
                host.call(request).await;
            });
            sleep(Duration::from_secs(20)).await;
            return Err(SendError::NoAnswer("timed out".into()));
        }
        let lost = fault == Some(ConnectionFault::BeforeResponse) || chaos.occurs(chaos.rates.lost);
        let response = self.host.call(request).await;
        sleep(chaos.latency()).await;
        if lost {
            return Err(SendError::NoAnswer("the connection broke".into()));
        }
        Ok(response)
    }
}

/// Compute Engine's rate limit is a 403, in the form that public bug reports quote.
const COMPUTE_RATE_LIMIT: &str = r#"{"error":{"code":403,"message":"Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service 'compute.googleapis.com' for consumer 'project_number:1'.","errors":[{"message":"Rate Limit Exceeded","domain":"usageLimits","reason":"rateLimitExceeded"}],"status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED","domain":"googleapis.com"}]}}"#;

fn error_response(busy: bool, is_compute: bool) -> Response<Bytes> {
    let (status, body) = match (busy, is_compute) {
        (true, true) => (403, COMPUTE_RATE_LIMIT),
        (true, false) => (
            429,
            r#"{"error":{"code":429,"message":"try again","status":"RESOURCE_EXHAUSTED"}}"#,
        ),
        (false, _) => (
            503,
            r#"{"error":{"code":503,"message":"try again","status":"UNAVAILABLE"}}"#,
        ),
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
    response
}

impl Transport for FaultyTransport {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(self.send_with_faults(request))
    }
}
