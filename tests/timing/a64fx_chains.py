"""For each row of the A64FX instruction list a chain of instructions that depend on one another.

A chain is instructions separated by ;. Those after @ are the way back to the row's operand where its result is in a
register of another kind or may not be used as it is; their latencies are rows of the list too (BACK). In templates {m} is
the mnemonic, < and > are the braces of assembly, and fill() has the rest.
"""
import re

# The way back: the first match of an instruction says which row of the list has its latency.
BACK = (
    (r"add x\d+, x\d+, #", "base|ADD (immediate)|else MOV (to/from SP)"),
    (r"add x", "base|ADD (shifted register)|<amount> = 0"),
    (r"and x", "base|AND (shifted register)|<amount> = 0"),
    (r"cset ", "base|CSINC|CSET"),
    (r"cmp ", "base|SUBS (shifted register)|CMP (shifted register) <amount> = 0"),
    (r"fmov [xw]\d+, ?[dsh]", "simd_fp|FMOV (general)|{Hn|Sn|Dn} to {Wd|Xd}"),
    (r"fmov [dsh]\d+, ?[xw]", "simd_fp|FMOV (general)|{Wn|Xn} to {Hd|Sd|Dd|Vd}"),
    (r"fcsel ", "simd_fp|FCSEL|"),
    (r"cntp ", "sve|CNTP|"),
    (r"whilelo ", "sve|WHILELO|"),
    (r"cmpne ", "sve|CMPNE (immediate)|"),
    (r"mov z\d+\.b, ?p\d+/z", "sve|CPY (immediate)|MOV (immediate,"),
    (r"orr z", "sve|ORR (vectors, unpredicated)|else MOV (vector,"),
    (r"wrffr ", "sve|WRFFR|"),
    (r"rdffr ", "sve|RDFFR (unpredicated)|"),
)

# Before each chain: 64 zero bytes at x8, whose loads may be added to x8; zeros for offsets and what atomics store;
# LDTR and its kin as LDR; in x30 where the chain will begin.
SETUP = ("stp xzr, xzr, [x8]; stp xzr, xzr, [x8, #16]; stp xzr, xzr, [x8, #32]; stp xzr, xzr, [x8, #48]; "
         "mov x1, xzr; mov x9, xzr; mov x10, xzr; mov x11, xzr; movi v0.2d, #0; msr uao, #1; adr x30, #-40")

NO_RESULT = "writes no register: a store, a branch, a prefetch, a barrier or maintenance"
NO_NUMBER = "takes as long as its operands make it take: the list has a range"
NO_OPERAND = "has no register operand that a chain could go through"
UNKNOWN = "the list has no latency for what it writes to a register"

# Rows that no chain can measure though they have a number.
REASONS = (
    (r"base\|(CBZ|CBNZ|TBZ|TBNZ|RET|BR)\|", NO_RESULT),
    (r"base\|(BL|ADR|ADRP|MOVZ|MOVN)\|", NO_OPERAND),
    (r"base\|ORR \(immediate\)\|MOV", NO_OPERAND),
    (r"base\|LDR(SW)? \(literal\)\|", NO_OPERAND),
    (r"base\|(LD(ADD|CLR|EOR|SET|[SU]MAX|[SU]MIN)\w*)\|ST", NO_RESULT),
    (r"base\|SWP", UNKNOWN),
    (r"simd_fp\|(LDR \(literal, SIMD&FP\)|MOVI|MVNI|FMOV \((vector|scalar), immediate\))\|", NO_OPERAND),
    (r"sve\|(CNT[BHWD]|RDVL|DUPM|FDUP|PFALSE|PTRUES?|DUP \(immediate\)|INDEX \(immediates\))\|", NO_OPERAND),
)


BASE = (
    # Shifted and extended operands: three lines of the list for each.
    (r"(ADDS|SUBS) \(shifted register\)\|(CMN|CMP) \(.*<amount> = 0", "{o} x0, x1; @ cset x0, eq"),
    (r"AND(S) \(shifted register\)\|TST \(.*<amount> = 0", "tst x0, x1; @ cset x0, eq"),
    (r"(ADD|ADDS|SUB|SUBS) \(shifted register\)\|else", "{m} x0, x1, x0, lsl #9"),
    (r"SUB \(shifted register\)\|NEG .*\[1-4\]", "neg x0, x0, lsl #3"),
    (r"SUBS \(shifted register\)\|NEGS", "negs x0, x0"),
    (r"(ADD|ADDS|SUB|SUBS) \(shifted register\)\|<amount> = \[1-4\]", "{m} x0, x1, x0, lsl #3"),
    (r"[A-Z]+ \(shifted register\)\|else", "{m} x0, x1, x0, lsl #3"),
    (r"ORN \(shifted register\)\|MVN", "mvn x0, x0"),
    (r"ORR \(shifted register\)\|MOV", "orr x0, xzr, x0"),
    (r"[A-Z]+ \(shifted register\)\|<amount> ==? 0", "{m} x0, x0, x1"),
    (r"(ADDS|SUBS) \(extended register\)\|(CMN|CMP) ", "{o} x0, x1, uxtx; @ cset x0, eq"),
    (r"(ADD|ADDS|SUB|SUBS) \(extended register\)\|else", "{m} x0, x0, w1, uxtb #2"),
    (r"(ADD|ADDS|SUB|SUBS) \(extended register\)\|", "{m} x0, x0, x1, uxtx"),
    # Immediates.
    (r"ADD \(immediate\)\|MOV", "mov sp, x0; mov x0, sp"),
    (r"(ADDS|SUBS) \(immediate\)\|(CMN|CMP)", "{o} x0, #1; @ cset x0, eq"),
    (r"ANDS \(immediate\)\|TST", "tst x0, #1; @ cset x0, eq"),
    (r"(ADD|ADDS|SUB|SUBS|AND|ANDS|EOR|ORR) \(immediate\)\|", "{m} x0, x0, #1"),
    (r"BLR\|", "@ add x30, x30, #8; blr x30"),
    # Bit fields.
    (r"SBFM\|ASR.*= 0", "asr x0, x0, #0"),
    (r"SBFM\|else ASR", "asr x0, x0, #9"),
    (r"UBFM\|LSL.*\[1-4\]", "lsl x0, x0, #3"),
    (r"UBFM\|else LSL", "lsl x0, x0, #9"),
    (r"UBFM\|LSR.*= 0", "lsr x0, x0, #0"),
    (r"UBFM\|else LSR", "lsr x0, x0, #9"),
    (r"UBFM\|If sf = 1", "ubfx x0, x0, #0, #32"),
    (r"[SU]BFM\|else", "{s}bfx w0, w0, #3, #5"),
    (r"[SU]BFM\|[SU]BFI?[ZX]", "{o} x0, x0, #3, #5"),
    (r"[SU]BFM\|[SU]XT[BHW]", "{o} {uw}0, w0"),
    (r"BFM\|BFC", "bfc x0, #3, #5"),
    (r"BFM\|BFXIL", "bfxil x0, x1, #3, #5"),
    (r"BFM\|", "bfi x0, x1, #3, #5"),
    (r"EXTR\|ROR", "ror x0, x0, #9"),
    (r"EXTR\|", "extr x0, x0, x1, #9"),
    (r"MOVK\|", "movk x0, #1"),
    # One and two sources.
    (r"(CLS|CLZ|RBIT|REV|REV16|REV32)\|", "{m} x0, x0"),
    (r"CRC32C?X\|", "{m} w0, w0, x1"),
    (r"CRC32", "{m} w0, w0, w1"),
    (r"(ADC|ADCS|SBC|SBCS|ASRV|LSLV|LSRV|RORV)\|(?!NGC)", "{m} x0, x0, x1"),
    (r"SBCS?\|", "{o} x0, x0"),
    (r"(CCMN|CCMP) \(immediate\)", "{m} x0, #1, #0, eq"),
    (r"(CCMN|CCMP) \(register\)", "{m} x0, x1, #0, eq"),
    (r"(CSINC|CSINV)\|CSETM?$", "{o} x0, eq; @ cmp x0, x1"),
    (r"(CSINC|CSINV|CSNEG)\|C(INC|INV|NEG)$", "{o} x0, x0, eq"),
    (r"(CSEL|CSINC|CSINV|CSNEG)\|", "{m} x0, x0, x1, eq"),
    # Multiplication.
    (r"(MADD|SMADDL|UMADDL)\|[A-Z]+$", "{m} x0, {w}0, {w}1, xzr"),
    (r"(MSUB|SMSUBL|UMSUBL)\|[A-Z]+$", "{m} x0, {w}0, {w}1, xzr"),
    (r"(MADD|MSUB|SMADDL|UMADDL|SMSUBL|UMSUBL)\|", "{m} x0, {w}0, {w}1, x2"),
    (r"[SU]MULH\|", "{m} x0, x0, x1"),
    # Atomics.
    (r"CASP", "casp x2, x3, x10, x11, [x8]; @ add x8, x8, x3"),
    (r"CAS\{[^}]*\}[BH]\|", "{c} w1, w9, [x8]; @ add x8, x8, x1"),
    (r"CAS", "cas x1, x9, [x8]; @ add x8, x8, x1"),
    (r"LD(ADD|CLR|EOR|SET|[SU]MAX|[SU]MIN)A?L?\|", "{m} x9, x1, [x8]; @ add x8, x8, x1"),
    (r"LD(ADD|CLR|EOR|SET|[SU]MAX|[SU]MIN)\w*[BH]\|", "{m} w9, w1, [x8]; @ add x8, x8, x1"),
    # Loads: those of 64 bits go through themselves.
    (r"LDA?XP\|", "{m} x1, x2, [x8]; @ add x8, x8, x2"),
    (r"(LDAR|LDAXR|LDLAR|LDXR|LDTR|LDUR)\|", "{m} x0, [x0]"),
    (r"(LDAR|LDAXR|LDLAR|LDXR|LDTR|LDUR)[BH]\|", "{m} w1, [x8]; @ add x8, x8, x1"),
    (r"(LDTR|LDUR)S[BHW]\|", "{m} x1, [x8]; @ add x8, x8, x1"),
    (r"LDNP\||LDP(SW)?\|Signed", "{m} x1, x2, [x8]; @ add x8, x8, x2"),
    (r"LDP(SW)?\|Post", "{m} x1, x2, [x8], #0; @ add x8, x8, x2"),
    (r"LDP(SW)?\|Pre", "{m} x1, x2, [x8, #0]!; @ add x8, x8, x2"),
    (r"LDR \(immediate\)\|Unsigned", "ldr x0, [x0, #8]"),
    (r"LDRS[BHW] \(immediate\)\|Unsigned", "{m} x1, [x8, #8]; @ add x8, x8, x1"),
    (r"LDR[BH] \(immediate\)\|Unsigned", "{m} w1, [x8, #8]; @ add x8, x8, x1"),
    (r"LDR(S[BHW])? \(immediate\)\|Post", "{m} x1, [x8], #0; @ add x8, x8, x1"),
    (r"LDR[BH] \(immediate\)\|Post", "{m} w1, [x8], #0; @ add x8, x8, x1"),
    (r"LDR(S[BHW])? \(immediate\)\|Pre", "{m} x1, [x8, #0]!; @ add x8, x8, x1"),
    (r"LDR[BH] \(immediate\)\|Pre", "{m} w1, [x8, #0]!; @ add x8, x8, x1"),
    (r"LDR \(register\)", "ldr x0, [x0, xzr]"),
    (r"LDRS[BHW] \(register\)", "{m} x1, [x8, xzr]; @ add x8, x8, x1"),
    (r"LDR[BH] \(register\)", "{m} w1, [x8, xzr]; @ add x8, x8, x1"),
    (r"STL?XP\|", "{m} w1, x2, x3, [x8]; @ and x1, x1, x9; @ add x8, x8, x1"),
    (r"STL?XR\|", "{m} w1, x2, [x8]; @ and x1, x1, x9; @ add x8, x8, x1"),
    (r"STL?XR[BH]\|", "{m} w1, w2, [x8]; @ and x1, x1, x9; @ add x8, x8, x1"),
)

TO_X = "; @ fmov x0, d0"
TO_D = "; @ fmov d0, x0"
TO_X8 = "; @ fmov x1, d{last}; @ add x8, x8, x1"

SIMD = (
    # Those whose form the option says.
    (r"FDIV \(scalar\)|FSQRT \(scalar\)", "{m} {r}0, {r}0{, second}"),
    (r"(FDIV|FSQRT) \(vector\)", "{m} v0.{t}, v0.{t}{, vsecond}"),
    (r"(FMAXNMV|FMAXV|FMINNMV|FMINV)\|<T> ?= \{4H", "{m} h0, v0.8h"),
    (r"(FMAXNMV|FMAXV|FMINNMV|FMINV)\|", "{m} s0, v0.4s"),
    (r"FCVTL\|.*4S", "fcvtl v0.4s, v0.4h"),
    (r"FCVTL\|", "fcvtl v0.2d, v0.2s"),
    (r"FCVTXN\|.*Scalar", "fcvtxn s0, d0"),
    (r"FCVTXN\|", "fcvtxn v0.2s, v0.2d"),
    (r"FCVTN\|", "fcvtn v0.2s, v0.2d"),
    (r"[SU]M(LAL|LSL|ULL)\|.*\(by element\).*4S", "{m} v0.4s, v0.4h, v1.h[1]"),
    (r"[SU]M(LAL|LSL|ULL)\|.*\(by element\).*2D", "{m} v0.2d, v0.2s, v1.s[1]"),
    (r"[SU]M(LAL|LSL|ULL)\|.*8H", "{m} v0.4s, v0.4h, v1.4h"),
    (r"[SU]M(LAL|LSL|ULL)\|.*2D", "{m} v0.2d, v0.2s, v1.2s"),
    (r"SQDM\w+L\|.*\(by element\).*Scalar.*= S", "{m} s0, h0, v1.h[1]"),
    (r"SQDM\w+L\|.*\(by element\).*Scalar.*= D", "{m} d0, s0, v1.s[1]"),
    (r"SQDM\w+L\|.*\(by element\).*4S", "{m} v0.4s, v0.4h, v1.h[1]"),
    (r"SQDM\w+L\|.*\(by element\).*2D", "{m} v0.2d, v0.2s, v1.s[1]"),
    (r"SQDM\w+L\|.*Scalar.*= S", "{m} s0, h0, h1"),
    (r"SQDM\w+L\|.*Scalar.*= D", "{m} d0, s0, s1"),
    (r"SQDM\w+L\|.*4S", "{m} v0.4s, v0.4h, v1.4h"),
    (r"SQDM\w+L\|.*2D", "{m} v0.2d, v0.2s, v1.2s"),
    (r"SQR?DM[A-Z]+ \(by element\)\|.*4H", "{m} v0.8h, v0.8h, v1.h[1]"),
    (r"SQR?DM[A-Z]+ \(by element\)\|", "{m} v0.4s, v0.4s, v1.s[1]"),
    (r"SQR?DM[A-Z]+ \(vector\)\|.*4H", "{m} v0.8h, v0.8h, v1.8h"),
    (r"SQR?DM[A-Z]+ \(vector\)\|", "{m} v0.4s, v0.4s, v1.4s"),
    (r"TBL\|Single", "tbl v0.16b, <v1.16b>, v0.16b"),
    (r"TB[LX]\|Tow", "{m} v0.16b, <v1.16b, v2.16b>, v0.16b"),
    (r"TB[LX]\|Three", "{m} v0.16b, <v1.16b, v2.16b, v3.16b>, v0.16b"),
    (r"TB[LX]\|Four", "{m} v0.16b, <v1.16b, v2.16b, v3.16b, v4.16b>, v0.16b"),
    (r"TBX\|Single", "tbx v0.16b, <v1.16b>, v0.16b"),
    (r"UADALP\|<Ta> = \{4H", "uadalp v0.4s, v0.8h"),
    (r"(UADALP|SADALP)\|", "{m} v0.2d, v0.4s"),
    (r"FMOV \(general\)\|\{Wn", "fmov d0, x0" + TO_X),
    (r"FMOV \(general\)\|\{Hn", "fmov x0, d0" + TO_D),
    (r"FMOV \(general\)\|Vn", "fmov x0, v0.d[1]" + TO_D),
    # Loads.
    (r"LD1 \(multiple structures\)\|.*(8B)", "ld1 {list:8b}, [x8]{post}" + TO_X8),
    (r"LD1 \(multiple structures\)\|", "ld1 {list:16b}, [x8]{post}" + TO_X8),
    (r"LD[1-4] \(single structure\)\|", "{m} {list:s}[1], [x8]{post}" + TO_X8),
    (r"LD[1-4]R\|", "{m} {list:4s}, [x8]{post}" + TO_X8),
    (r"LD[2-4] \(multiple", "{m} {list:4s}, [x8]{post}" + TO_X8),
    (r"LDNP \(SIMD&FP\)|LDP \(SIMD&FP\)\|Signed", "{m} d1, d0, [x8]; @ fmov x1, d0; @ add x8, x8, x1"),
    (r"LDP \(SIMD&FP\)\|Post", "ldp d1, d0, [x8], #0; @ fmov x1, d0; @ add x8, x8, x1"),
    (r"LDP \(SIMD&FP\)\|Pre", "ldp d1, d0, [x8, #0]!; @ fmov x1, d0; @ add x8, x8, x1"),
    (r"LDR \(immediate, SIMD&FP\)\|Post", "ldr d0, [x8], #0; @ fmov x1, d0; @ add x8, x8, x1"),
    (r"LDR \(immediate, SIMD&FP\)\|Pre", "ldr d0, [x8, #0]!; @ fmov x1, d0; @ add x8, x8, x1"),
    (r"LDR \(immediate, SIMD&FP\)|LDUR", "{m} d0, [x8]; @ fmov x1, d0; @ add x8, x8, x1"),
    (r"LDR \(register, SIMD&FP\)", "ldr q0, [x8, xzr]; @ fmov x1, d0; @ add x8, x8, x1"),
    # Between the register files.
    (r"DUP \(general\)", "dup v0.4s, w0" + TO_X),
    (r"INS \(general\)", "ins v0.d[0], x0" + TO_X),
    (r"[SU]CVTF \(scalar, fixed", "{m} d0, x0, #3" + TO_X),
    (r"[SU]CVTF \(scalar, integer", "{m} d0, x0" + TO_X),
    (r"FCVT[AMNPZ][SU] \(scalar, fixed", "{m} x0, d0, #3" + TO_D),
    (r"FCVT[AMNPZ][SU] \(scalar", "{m} x0, d0" + TO_D),
    (r"UMOV\|MOV", "umov x0, v0.d[1]" + TO_D),
    (r"[SU]MOV\|", "{m} w0, v0.h[1]" + TO_D),
    (r"DUP \(element\)", "mov d0, v0.d[1]"),
    (r"INS \(element\)", "ins v0.s[1], v0.s[2]"),
    # Flags.
    (r"FCCMPE?\|", "{m} d0, d1, #0, eq"),
    (r"FCMPE?\|", "{m} d0, d1; @ fcsel d0, d0, d1, eq"),
    (r"FCSEL", "fcsel d0, d0, d1, eq"),
    # Cryptography.
    (r"AES", "{m} v0.16b, v0.16b"),
    (r"PMULL", "pmull v0.8h, v0.8b, v1.8b"),
    (r"PMUL\|", "pmul v0.16b, v0.16b, v1.16b"),
    (r"SHA1[CMP]\|", "{m} q0, s1, v2.4s"),
    (r"SHA1H", "sha1h s0, s0"),
    (r"SHA256H2?\|", "{m} q0, q1, v2.4s"),
    (r"SHA1SU1|SHA256SU0", "{m} v0.4s, v1.4s"),
    (r"SHA(1|256)", "{m} v0.4s, v1.4s, v2.4s"),
    # Scalar floating point.
    (r"(ADDP|FADDP|FMAXNMP|FMAXP|FMINNMP|FMINP) \(scalar\)", "{m} d0, v0.2d"),
    (r"(FABS|FNEG|FRINT[AIMNPXZ]) \(scalar\)|FMOV \(register\)|FRECPX", "{m} d0, d0"),
    (r"FCVT\|", "fcvt d0, s0"),
    (r"(FN?MADD|FN?MSUB)\|", "{m} d0, d0, d1, d2"),
    (r"(FADD|FSUB|FMUL|FMAX|FMIN|FMAXNM|FMINNM) \(scalar\)|FNMUL", "{m} d0, d0, d1"),
    # Two registers.
    (r"(ABS|CLS|CLZ|NEG|SQABS|SQNEG|SUQADD|USQADD|URECPE|URSQRTE|FRECPE|FRSQRTE|REV64)( \(vector\))?\|", "{m} v0.4s, v0.4s"),
    (r"(FABS|FNEG|FRINT[AIMNPXZ]) \(vector\)|(FCVT[AMNPZ][SU]|[SU]CVTF) \(vector(, integer)?\)", "{m} v0.4s, v0.4s"),
    (r"(CNT|NOT|REV16 \(vector\)|REV32 \(vector\)|RBIT \(vector\))\|", "{m} v0.16b, v0.16b"),
    (r"FCVTZ[SU] \(vector, fixed|[SU]CVTF \(vector, fixed", "{m} v0.4s, v0.4s, #3"),
    (r"CM(EQ|GE|GT|LE|LT) \(zero\)", "{m} v0.4s, v0.4s, #0"),
    (r"FCM(EQ|GE|GT|LE|LT) \(zero\)", "{m} v0.4s, v0.4s, #0.0"),
    (r"(SHL|SLI|SRI|[SU]R?SHR|[SU]R?SRA|[SU]QSHL|SQSHLU)( \(immediate\))?\|(?!.*N2)", "{m} v0.4s, v0.4s, #3"),
    (r"SHLL\|", "shll v0.4s, v0.4h, #16"),
    (r"[SU]SHLL\|(?!else)", "{x} v0.4s, v0.4h"),
    (r"[SU]SHLL\|", "{m} v0.4s, v0.4h, #3"),
    (r"R?SHRN|[SU]QR?SHRUN|[SU]QR?SHRN|SQR?SHRUN", "{m} v0.4h, v0.4s, #3"),
    (r"([SU]QXTU?N|XTN)\|", "{m} v0.4h, v0.4s"),
    (r"[SU]ADDLP", "{m} v0.2d, v0.4s"),
    (r"(ADDV|[SU]MAXV|[SU]MINV)\|", "{m} s0, v0.4s"),
    (r"[SU]ADDLV", "{m} d0, v0.4s"),
    (r"(BIC|ORR) \(vector, immediate\)", "{m} v0.4s, #1"),
    # Three registers.
    (r"(ADDHN|RADDHN|SUBHN|RSUBHN)\|", "{m} v0.4h, v0.4s, v1.4s"),
    (r"[SU]A(BA|BD)L\||[SU](ADD|SUB|ABD|ABA)L\|", "{m} v0.4s, v0.4h, v1.4h"),
    (r"[SU](ADD|SUB)W\|", "{m} v0.4s, v0.4s, v1.4h"),
    (r"ORR \(vector, register\)\|MOV", "mov v0.16b, v0.16b"),
    (r"(AND|EOR|ORN) \(vector\)|(BIC|ORR) \(vector, register\)|(BIF|BIT|BSL)\|", "{m} v0.16b, v0.16b, v1.16b"),
    (r"EXT\|", "ext v0.16b, v0.16b, v1.16b, #3"),
    (r"FCADD", "fcadd v0.4s, v0.4s, v1.4s, #90"),
    (r"FCMLA \(by", "fcmla v0.4s, v0.4s, v1.s[1], #0"),
    (r"FCMLA", "fcmla v0.4s, v0.4s, v1.4s, #0"),
    (r"[A-Z]+ \(by element\)", "{m} v0.4s, v0.4s, v1.s[1]"),
    (r"[A-Z0-9]+( \((vector|register)\))?\|", "{m} v0.4s, v0.4s, v1.4s"),
)


SVE = (
    # Loads. The governing predicate of gathers is false: no access, no miss.
    (r"(LD1S?|LDFF1S?)[BHWD] \(scalar plus vector\)\|32-bit", "{m} <z0.s>, p0/z, [x8, z0.s, uxtw]", "pfalse p0.b"),
    (r"(LD1S?|LDFF1S?)[BHWD] \(scalar plus vector\)\|", "{m} <z0.d>, p0/z, [x8, z0.d]", "pfalse p0.b"),
    (r"(LD1S?|LDFF1S?)[BHWD] \(vector plus immediate\)\|32-bit", "{m} <z0.s>, p0/z, [z0.s]", "pfalse p0.b"),
    (r"(LD1S?|LDFF1S?)[BHWD] \(vector plus immediate\)\|", "{m} <z0.d>, p0/z, [z0.d]", "pfalse p0.b"),
    (r"LD[1-4]RQ[BHWD] \(scalar plus immediate\)", "{m} <z0.{e}>, p0/z, [x8]; @ fmov x1, d0; @ add x8, x8, x1", "pfalse p0.b"),
    (r"LD1RQ[BHWD] \(scalar plus scalar\)", "{m} <z0.{e}>, p0/z, [x8, x9{lsl}]; @ fmov x1, d0; @ add x8, x8, x1", "pfalse p0.b"),
    (r"LD1RS?[BHWD]\||LDNF1S?[BHWD]\|", "{m} <z0.d>, p0/z, [x8]; @ fmov x1, d0; @ add x8, x8, x1", "pfalse p0.b"),
    (r"LD1S?[BHWD] \(scalar plus immediate\)", "{m} <z0.d>, p0/z, [x8]; @ fmov x1, d0; @ add x8, x8, x1", "pfalse p0.b"),
    (r"(LD1|LDFF1)S?[BHWD] \(scalar plus scalar\)", "{m} <z0.d>, p0/z, [x8, x9{lsl}]; @ fmov x1, d0; @ add x8, x8, x1", "pfalse p0.b"),
    (r"LD[2-4][BHWD] \(scalar plus immediate\)", "{m} {zlist}, p0/z, [x8]" + TO_X8, "pfalse p0.b"),
    (r"LD[2-4][BHWD] \(scalar plus scalar\)", "{m} {zlist}, p0/z, [x8, x9{lsl}]" + TO_X8, "pfalse p0.b"),
    (r"LDNT1[BHWD] \(scalar plus immediate\)", "{m} <z0.{e}>, p0/z, [x8]; @ fmov x1, d0; @ add x8, x8, x1", "pfalse p0.b"),
    (r"LDNT1[BHWD] \(scalar plus scalar\)", "{m} <z0.{e}>, p0/z, [x8, x9{lsl}]; @ fmov x1, d0; @ add x8, x8, x1", "pfalse p0.b"),
    (r"LDR \(predicate\)", "ldr p0, [x8]; @ cntp x1, p0, p0.b; @ add x8, x8, x1"),
    (r"LDR \(vector\)", "ldr z0, [x8]; @ fmov x1, d0; @ add x8, x8, x1"),
    # Counting.
    (r"(ADDPL|ADDVL)\|", "{m} x0, x0, #1"),
    (r"(INC|DEC|[SU]QINC|[SU]QDEC)P \(scalar\)", "{m} x0, p0.b"),
    (r"(INC|DEC|[SU]QINC|[SU]QDEC)P \(vector\)", "{m} z0.s, p0"),
    (r"(INC|DEC|[SU]QINC|[SU]QDEC)[BHWD]( \(scalar\))?\|", "{m} x0"),
    (r"(INC|DEC|[SU]QINC|[SU]QDEC)[HWD] \(vector\)", "{m} z0.{e}"),
    (r"CNTP", "cntp x0, p0, p0.b; @ whilelo p0.b, xzr, x0"),
    (r"WHILE", "{m} p0.b, xzr, x0; @ cntp x0, p0, p0.b"),
    (r"CTERM", "{m} x0, x1; @ cset x0, eq"),
    # Predicates.
    (r"AND \(predicates\)\|MOV", "mov p0.b, p0/z, p0.b"),
    (r"ANDS \(predicates\)\|MOVS", "movs p0.b, p0/z, p0.b"),
    (r"ORR \(predicates\)\|MOV", "mov p0.b, p0.b"),
    (r"ORRS\|MOVS", "movs p0.b, p0.b"),
    (r"EOR \(predicates\)\|NOT", "not p0.b, p0/z, p0.b"),
    (r"EORS\|NOTS", "nots p0.b, p0/z, p0.b"),
    (r"SEL \(predicates\)\|MOV", "mov p0.b, p0/m, p1.b"),
    (r"SEL \(predicates\)", "sel p0.b, p0, p0.b, p1.b"),
    (r"(AND|ANDS|BIC|BICS|EOR|ORN|ORR) \(predicates\)|(EORS|ORRS|ORNS|NANDS?|NORS?)\|", "{m} p0.b, p0/z, p0.b, p1.b"),
    (r"BRK[AB]S?\|", "{m} p0.b, p0/z, p0.b"),
    (r"BRKNS?\|", "{m} p0.b, p0/z, p1.b, p0.b"),
    (r"BRKP[AB]S?\|", "{m} p0.b, p0/z, p0.b, p1.b"),
    (r"PFIRST", "pfirst p0.b, p0, p0.b"),
    (r"PNEXT", "pnext p0.b, p0, p0.b"),
    (r"PTEST", "ptest p0, p0.b; @ cset x0, eq; @ whilelo p0.b, xzr, x0"),
    (r"PUNPK", "{m} p0.h, p0.b"),
    (r"RDFFRS?( \(predicated\))?\|", "{m} p0.b, p0/z"),
    (r"RDFFR \(unpredicated\)", "rdffr p0.b; @ wrffr p0.b"),
    (r"WRFFR", "wrffr p0.b; @ rdffr p0.b"),
    (r"REV \(predicate\)", "rev p0.b, p0.b"),
    (r"(TRN|UZP|ZIP)[12] \(predicates\)", "{m} p0.b, p0.b, p1.b"),
    # Comparisons.
    (r"CMP[A-Z]+ \(immediate\)", "{m} p0.b, p0/z, z0.b, #1"),
    (r"CMP[A-Z]+ \(wide elements\)", "{m} p0.b, p0/z, z0.b, z1.d"),
    (r"CMP[A-Z]+ \(vectors\)", "{m} p0.b, p0/z, z0.b, z1.b"),
    (r"FCM[A-Z]+ \(zero\)", "{m} p0.s, p0/z, z0.s, #0.0"),
    (r"FCM(EQ|GE|GT|NE|UO)|FAC[A-Z]+", "{m} p0.s, p0/z, z0.s, z1.s"),
    # Across the vector, and between the register files.
    (r"(ANDV|EORV|ORV|[SU]MAXV|[SU]MINV|FADDV|FMAXNMV|FMAXV|FMINNMV|FMINV)\|", "{m} {V}0, p0, z0.{V}"),
    (r"FADDA", "fadda {V}0, p0, {V}0, z1.{V}"),
    (r"[SU]ADDV", "{m} d0, p0, z0.{T}"),
    (r"CLAST[AB] \(scalar\)", "{m} x0, p0, x0, z0.d"),
    (r"CLAST[AB] \(SIMD", "{m} d0, p0, d0, z0.d"),
    (r"CLAST[AB] \(vectors", "{m} z0.d, p0, z0.d, z1.d"),
    (r"LAST[AB] \(scalar\)", "{m} x0, p0, z0.d" + TO_D),
    (r"LAST[AB] \(SIMD", "{m} d0, p0, z0.d"),
    (r"CPY \(scalar\)", "cpy z0.d, p0/m, x0" + TO_X),
    (r"DUP \(scalar\)", "dup z0.d, x0" + TO_X),
    (r"INSR \(scalar\)", "insr z0.d, x0" + TO_X),
    (r"INSR \(SIMD", "insr z0.d, d0"),
    (r"CPY \(SIMD", "cpy z0.d, p0/m, d0"),
    (r"DUP \(indexed\)\|MOV", "mov z0.d, d0"),
    (r"INDEX \(immediate, scalar\)\|.*B", "index z0.h, #1, w0" + TO_X),
    (r"INDEX \(immediate, scalar\)", "index z0.d, #1, x0" + TO_X),
    (r"INDEX \(scalar, immediate\)\|.*B", "index z0.h, w0, #1" + TO_X),
    (r"INDEX \(scalar, immediate\)", "index z0.d, x0, #1" + TO_X),
    (r"INDEX \(scalars\)\|.*B", "index z0.h, w0, w1" + TO_X),
    (r"INDEX \(scalars\)", "index z0.d, x0, x1" + TO_X),
    (r"CPY \(immediate\)\|FMOV", "fmov z0.d, p0/m, #0.0"),
    (r"CPY \(immediate\)", "mov z0.b, p0/m, #1"),
    (r"FCPY", "fmov z0.d, p0/m, #1.0"),
    # Forms of their own.
    (r"ADR\|Packed", "adr z0.d, [z0.d, z1.d]"),
    (r"ADR\|", "adr z0.d, [z0.d, z1.d, sxtw #1]"),
    (r"DUP \(indexed\)", "dup z0.d, z0.d[1]"),
    (r"COMPACT", "compact z0.d, p0, z0.d"),
    (r"EXT\|", "ext z0.b, z0.b, z1.b, #3"),
    (r"FCADD", "fcadd z0.s, p0/m, z0.s, z1.s, #90"),
    (r"FCMLA \(indexed", "fcmla z0.s, z0.s, z1.s[1], #0"),
    (r"FCMLA", "fcmla z0.s, p0/m, z0.s, z1.s, #0"),
    (r"F(ADD|SUB|SUBR|MAX|MIN|MAXNM|MINNM) \(immediate\)", "{m} z0.s, p0/m, z0.s, #1.0"),
    (r"FMUL \(immediate\)", "fmul z0.s, p0/m, z0.s, #2.0"),
    (r"(FMLA|FMLS) \(indexed", "{m} z0.s, z0.s, z1.s[1]"),
    (r"FMUL \(indexed", "fmul z0.s, z0.s, z1.s[1]"),
    (r"[SU]DOT \(indexed", "{m} z0.s, z0.b, z1.b[1]"),
    (r"[SU]DOT", "{m} z0.s, z0.b, z1.b"),
    (r"(FDIV|FDIVR|SDIV|SDIVR|UDIV|UDIVR)\|", "{m} z0.{T}, p0/m, z0.{T}, z1.{T}"),
    (r"FSQRT", "fsqrt z0.{T}, p0/m, z0.{T}"),
    (r"FTMAD", "ftmad z0.s, z0.s, z1.s, #3"),
    (r"(FTSMUL|FTSSEL|FRECPS|FRSQRTS)\|", "{m} z0.s, z0.s, z1.s"),
    (r"(FEXPA|FRECPE|FRSQRTE)\|", "{m} z0.s, z0.s"),
    (r"FCVT\|", "fcvt z0.d, p0/m, z0.s"),
    (r"FCVTZ|[SU]CVTF", "{m} z0.s, p0/m, z0.s"),
    (r"F(ABS|NEG|RECPX|RINT[AIMNPXZ])\||(ABS|CLS|CLZ|CNOT|CNT|NEG|RBIT)\||NOT \(vector\)", "{m} z0.s, p0/m, z0.s"),
    (r"(REV[BHW]|[SU]XT[BHW])\|", "{m} z0.d, p0/m, z0.d"),
    (r"REV \(vector\)|[SU]UNPK", "{m} z0.{wide}, z0.{narrow}"),
    # Written as numbers: a MOVPRFX whose next instruction is none that it may prefix, so that it is one of its own.
    (r"MOVPRFX \(predicated", ".inst 0x04912020 // movprfx z0.s, p0/m, z1.s; @ orr z1.d, z0.d, z0.d"),
    (r"MOVPRFX", ".inst 0x0420bc20 // movprfx z0, z1; @ orr z1.d, z0.d, z0.d"),
    (r"(ASR|LSL|LSR) \(immediate, predicated\)|ASRD", "{m} z0.s, p0/m, z0.s, #3"),
    (r"(ASR|LSL|LSR) \(immediate, unpred", "{m} z0.s, z0.s, #3"),
    (r"(ASR|LSL|LSR) \(wide elements, predicated", "{m} z0.s, p0/m, z0.s, z1.d"),
    (r"(ASR|LSL|LSR) \(wide", "{m} z0.s, z0.s, z1.d"),
    (r"(AND|EOR|ORR) \(immediate\)", "{m} z0.s, z0.s, #1"),
    (r"(ADD|SUB|SUBR|SQADD|SQSUB|UQADD|UQSUB|MUL|[SU]MAX|[SU]MIN) \(immediate\)", "{m} z0.s, z0.s, #1"),
    (r"ORR \(vectors, unpredicated\)\|MOV", "mov z0.d, z0.d"),
    (r"(AND|BIC|EOR|ORR) \(vectors, unpred", "{m} z0.d, z0.d, z1.d"),
    (r"SEL \(vectors\)\|MOV", "mov z0.s, p0/m, z1.s"),
    (r"SEL \(vectors", "sel z0.s, p0, z0.s, z1.s"),
    (r"SPLICE", "splice z0.s, p0, z0.s, z1.s"),
    (r"TBL", "tbl z0.s, <z1.s>, z0.s"),
    (r"(TRN|UZP|ZIP)[12]", "{m} z0.s, z0.s, z1.s"),
    (r"(FMAD|FMLA|FMLS|FMSB|FNMAD|FNMLA|FNMLS|FNMSB|MAD|MLA|MLS|MSB)\|", "{m} z0.s, p0/m, z0.s, z1.s"),
    (r"[A-Z]+ \(vectors, predicated\)|F?(ASR|LSL|LSR|MAX|MIN|MAXNM|MINNM|SUBR|MUL)R? \(vectors\)", "{m} z0.s, p0/m, z0.s, z1.s"),
    (r"[SU](MAX|MIN) \(vectors\)|(ASRR|LSLR|LSRR|FABD|FMULX|FSCALE|[SU]ABD|[SU]MULH)\|", "{m} z0.s, p0/m, z0.s, z1.s"),
    (r"[A-Z0-9]+( \(vectors(, unpredicated)?\))?\|", "{m} z0.s, z0.s, z1.s"),
)

RULES = {"base": BASE, "simd_fp": SIMD, "sve": SVE}
SHIFT = {"B": "", "H": ", lsl #1", "W": ", lsl #2", "D": ", lsl #3"}
ELEMENT = {"B": "b", "H": "h", "W": "s", "D": "d", "S": "s"}


def structures(instruction, option):
    """How many registers a structure load has."""
    named = re.search(r"(\d) register", option)
    return int(named.group(1)) if named else int(re.search(r"\d", instruction).group(0))


def first(pattern, text, default=""):
    found = re.search(pattern, text)
    return found.group(1) if found else default


def fill(template, row):
    """The template with what the row says about operands."""
    mnemonic = re.match(r"[A-Z0-9]+", row.instruction).group(0).lower()
    size = first(r"([BHWD])(?: \(|$)", row.instruction, "D")
    type_ = first(r"<[TV]> ?= ?\{?([BHSD])", row.option) or first(r"<R> = ([HSD])", row.option)
    arrangement = {"H": "8h", "S": "4s", "D": "2d"}.get(first(r"<T> = \{?\d([HSD])", row.option))
    square = "SQRT" in row.instruction
    count = structures(row.instruction, row.option) if re.match(r"LD[1-4]", row.instruction) else 1
    post = ", x9" if row.option.startswith("Post") else ""
    words = {
        "m": mnemonic, "o": row.option.replace("else ", "").split(" ")[0].lower(), "s": mnemonic[0],
        "w": "w" if mnemonic.endswith("l") else "x", "uw": "x" if row.option.startswith("S") else "w",
        "c": mnemonic + row.instruction[-1].lower(), "r": type_.lower(), "t": arrangement, "V": type_.lower(), "T": type_.lower(),
        ", second": "" if square else f", {type_.lower()}1", ", vsecond": "" if square else f", v1.{arrangement}",
        "x": first(r"([SU]XTL)", row.option).lower(), "post": post, "last": str(count - 1),
        "e": ELEMENT[size], "lsl": SHIFT[size],
        "zlist": "{" + ", ".join(f"z{n}.{ELEMENT[size]}" for n in range(count)) + "}",
        "wide": "s", "narrow": "s" if "REV" in row.instruction else "h",
    }

    def one(match):
        name = match.group(1)
        if name.startswith("list:"):
            return "{" + ", ".join(f"v{n}.{name[5:]}" for n in range(count)) + "}"
        return words[name]
    return re.sub(r"\{([^{}]+)\}", one, template).replace("<", "{").replace(">", "}")


def chain(row):
    """(chain, setup) of a row, or (None, reason)."""
    key = row.key()
    for pattern, reason in REASONS:
        if re.match(pattern, key):
            return None, reason
    if row.latency.startswith("n "):
        return None, NO_NUMBER
    if not re.search(r"\d", re.sub(r"\[[\d,/]+\]|, \d\)|x \d", "", row.latency)) or row.instruction.startswith(("PRF", "ST")):
        if not re.match(r"STL?X", row.instruction):
            return None, NO_RESULT
    for rule in RULES[row.table]:
        if re.match(rule[0], f"{row.instruction}|{row.option}"):
            return fill(rule[1], row), rule[2] if len(rule) > 2 else ""
    return None, None


def base_chain(row, text):
    """For a load that writes its base back: the chain through the base alone, long enough for its micro-operations and
    for the lanes that it keeps."""
    return "; ".join([text.split(";")[0]] + max(row.uops, 9) * ["@ add x8, x8, x9"])


def instructions(text):
    """[(instruction, whether it is the way back)] of a chain."""
    return [(part.strip().lstrip("@ "), part.strip().startswith("@")) for part in text.split(";")]
