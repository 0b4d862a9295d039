"""Operations: what a person sees, searches, mends and replays."""
