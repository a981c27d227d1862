// Offsets that case.S and C share: of struct case_state, then of struct case_frame.
#define CASE_Z_STRIDE 256
#define CASE_P_STRIDE 32
#define STATE_SP      248
#define STATE_NZCV    256
#define STATE_FPSR    272
#define STATE_Z       320
#define STATE_P       8512
#define FRAME_SVE     8
#define FRAME_EL      16
#define FRAME_ESR     32
#define FRAME_ELR     48
#define FRAME_SPSR    56
#define FRAME_SAVED   64
#define FRAME_STATE   256
