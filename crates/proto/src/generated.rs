//! The code generated from `proto/`, in the module tree of its packages. Nothing is written here by hand.
#![allow(clippy::all, clippy::pedantic, missing_docs, unused_qualifications, unreachable_pub, rust_2018_idioms)]

pub mod google {
    pub mod r#type {
        include!(concat!(env!("OUT_DIR"), "/google.r#type.rs"));
    }
}

pub mod jisr {
    pub mod v1 {
        include!(concat!(env!("OUT_DIR"), "/jisr.v1.rs"));
        include!(concat!(env!("OUT_DIR"), "/client/jisr.v1.rs"));
    }

    pub mod adapter {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/jisr.adapter.v1.rs"));
            pub use super::super::v1::FaultClass;
        }
    }

    pub mod journal {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/jisr.journal.v1.rs"));
        }
    }

    pub mod operations {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/jisr.operations.v1.rs"));
            include!(concat!(env!("OUT_DIR"), "/client/jisr.operations.v1.rs"));
        }
    }
}
