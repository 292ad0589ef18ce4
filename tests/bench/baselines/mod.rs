//! What people would build it from otherwise, with nothing of ours between: the same servers, in the same run, used in
//! the way that is fastest for them.

pub(crate) mod postgres;
pub(crate) mod rabbitmq;

pub(crate) use postgres::Commits;
pub(crate) use rabbitmq::RoundTrips;
