//! `Debug` for types that hold values, or what a program was called with: it shows the type's name alone.

macro_rules! debug_shows_name_only {
    ($name:ident $(<$($parameter:tt),+>)?) => {
        impl $(<$($parameter),+>)? ::std::fmt::Debug for $name $(<$($parameter),+>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}
