// Every register that the board uses: address, and where it is described. Sections are those of RM0433
// rev 7; of the Armv7-M Architecture Reference Manual (DDI 0403E) for the core's own at 0xE0000000.
// tests/virtual_board/test_board_registers.py checks each against ST's SVD.
#pragma once

#include "board/stm32h743/register.h"

namespace emojicam::board {

// Power
inline constexpr Register PWR_CSR1{0x58024804};  // 6.8.2: ACTVOSRDY 13
inline constexpr Register PWR_CR3{0x5802480C};   // 6.8.4: BYPASS 0, LDOEN 1, USB33DEN 24, USB33RDY 26
inline constexpr Register PWR_D3CR{0x58024818};  // 6.8.6: VOSRDY 13, VOS 15:14

// Reset and clocks
inline constexpr Register RCC_CR{0x58024400};         // 8.7.2: HSI 0, CSI 7, HSI48 12, HSE 16, PLL 24, 26, 28
inline constexpr Register RCC_CFGR{0x58024410};       // 8.7.6: SW 2:0, SWS 5:3
inline constexpr Register RCC_D1CFGR{0x58024418};     // 8.7.7: HPRE 3:0, D1PPRE 6:4, D1CPRE 11:8
inline constexpr Register RCC_D2CFGR{0x5802441C};     // 8.7.8: D2PPRE1 6:4, D2PPRE2 10:8
inline constexpr Register RCC_D3CFGR{0x58024420};     // 8.7.9: D3PPRE 6:4
inline constexpr Register RCC_PLLCKSELR{0x58024428};  // 8.7.10: PLLSRC 1:0, DIVM1 9:4, DIVM3 25:20
inline constexpr Register RCC_PLLCFGR{0x5802442C};    // 8.7.11: FRACEN 0, VCOSEL 1, RGE 3:2, DIVxEN 16 to 24
inline constexpr Register RCC_PLL1DIVR{0x58024430};   // 8.7.12: N-1 8:0, P-1 15:9, Q-1 22:16, R-1 30:24
inline constexpr Register RCC_PLL3DIVR{0x58024440};   // 8.7.16: as PLL1's
inline constexpr Register RCC_D2CCIP2R{0x58024454};   // 8.7.20: I2C123SEL 13:12, USBSEL 21:20
inline constexpr Register RCC_RSR{0x580244D0};        // 8.7.39: RMVF 16, flags 17 to 30
inline constexpr Register RCC_AHB1RSTR{0x58024480};   // 8.7.29: USB2OTGRST 27
inline constexpr Register RCC_AHB2RSTR{0x58024484};   // 8.7.30: DCMI (CAMITFRST) 0
inline constexpr Register RCC_APB1LRSTR{0x58024490};  // 8.7.33: I2C1RST 21
inline constexpr Register RCC_AHB1ENR{0x580244D8};    // 8.7.41: DMA2EN 1, USB2OTGEN 27, USB2OTGULPIEN 28
inline constexpr Register RCC_AHB2ENR{0x580244DC};    // 8.7.42: DCMIEN 0, SRAM1EN 29, SRAM2EN 30
inline constexpr Register RCC_AHB4ENR{0x580244E0};    // 8.7.43: GPIOAEN 0 to GPIOEEN 4
inline constexpr Register RCC_APB1LENR{0x580244E8};   // 8.7.45: I2C1EN 21
inline constexpr Register RCC_APB2ENR{0x580244F0};    // 8.7.47: TIM1EN 0
inline constexpr Register RCC_APB4ENR{0x580244F4};    // 8.7.48: SYSCFGEN 1
inline constexpr Register RCC_AHB1LPENR{0x58024500};  // 8.7.50: USB2OTGULPILPEN 28
inline constexpr Register SYSCFG_PWRCR{0x5800042C};   // 12.3.9: ODEN 0

// Flash; the second bank's registers lie 0x100 behind the first's
inline constexpr Register FLASH_ACR{0x52002000};    // 4.9.1: LATENCY 3:0, WRHIGHFREQ 5:4
inline constexpr Register FLASH_KEYR2{0x52002104};  // 4.9.2
inline constexpr Register FLASH_CR2{0x5200210C};   // 4.9.4: LOCK 0, PG 1, SER 2, PSIZE 5:4, START 7, SNB 10:8
inline constexpr Register FLASH_SR2{0x52002110};   // 4.9.5: BSY 0, WBNE 1, QW 2, EOP 16, errors 17 to 26
inline constexpr Register FLASH_CCR2{0x52002114};  // 4.9.6

// Ports A to E, 0x400 apart
inline constexpr Register GPIOA_MODER{0x58020000};    // 11.4.1
inline constexpr Register GPIOA_OTYPER{0x58020004};   // 11.4.2
inline constexpr Register GPIOA_OSPEEDR{0x58020008};  // 11.4.3
inline constexpr Register GPIOA_PUPDR{0x5802000C};    // 11.4.4
inline constexpr Register GPIOA_IDR{0x58020010};      // 11.4.5
inline constexpr Register GPIOA_BSRR{0x58020018};     // 11.4.7
inline constexpr Register GPIOA_AFRL{0x58020020};     // 11.4.9

// I2C1
inline constexpr Register I2C1_CR1{0x40005400};      // 47.7.1: PE 0
inline constexpr Register I2C1_CR2{0x40005404};      // 47.7.2: SADD 7:1, RD_WRN 10, START 13, NBYTES 23:16
inline constexpr Register I2C1_TIMINGR{0x40005410};  // 47.7.5
inline constexpr Register I2C1_ISR{0x40005418};   // 47.7.7: TXIS 1, RXNE 2, NACKF 4, STOPF 5, TC 6, BUSY 15
inline constexpr Register I2C1_ICR{0x4000541C};   // 47.7.8
inline constexpr Register I2C1_RXDR{0x40005424};  // 47.7.10
inline constexpr Register I2C1_TXDR{0x40005428};  // 47.7.11

// TIM1, channel 1: the sensor's clock
inline constexpr Register TIM1_CR1{0x40010000};    // 38.4.1: CEN 0, ARPE 7
inline constexpr Register TIM1_EGR{0x40010014};    // 38.4.6: UG 0
inline constexpr Register TIM1_CCMR1{0x40010018};  // 38.4.7: OC1PE 3, OC1M 6:4
inline constexpr Register TIM1_CCER{0x40010020};   // 38.4.9: CC1E 0
inline constexpr Register TIM1_PSC{0x40010028};    // 38.4.11
inline constexpr Register TIM1_ARR{0x4001002C};    // 38.4.12
inline constexpr Register TIM1_CCR1{0x40010034};   // 38.4.14
inline constexpr Register TIM1_BDTR{0x40010044};   // 38.4.18: MOE 15

// DCMI
inline constexpr Register DCMI_CR{0x48020000};   // 33.5.1: CAPTURE 0, CM 1, polarities 7:5, ENABLE 14
inline constexpr Register DCMI_RIS{0x48020008};  // 33.5.3: FRAME 0, OVR 1, ERR 2, VSYNC 3, LINE 4
inline constexpr Register DCMI_IER{0x4802000C};  // 33.5.4
inline constexpr Register DCMI_ICR{0x48020014};  // 33.5.6
inline constexpr Register DCMI_DR{0x48020028};   // 33.5.11

// DMA2 stream 1, which is channel 9 of DMAMUX1
inline constexpr Register DMA2_LISR{0x40020400};    // 15.5.1: stream 1: FEIF 6, DMEIF 8, TEIF 9, TCIF 11
inline constexpr Register DMA2_LIFCR{0x40020408};   // 15.5.3
inline constexpr Register DMA2_S1CR{0x40020428};    // 15.5.5: EN 0, TEIE 2, MINC 10, PSIZE 12:11, MSIZE 14:13
inline constexpr Register DMA2_S1NDTR{0x4002042C};  // 15.5.6
inline constexpr Register DMA2_S1PAR{0x40020430};   // 15.5.7
inline constexpr Register DMA2_S1M0AR{0x40020434};  // 15.5.8
inline constexpr Register DMA2_S1FCR{0x4002043C};   // 15.5.10: FTH 1:0, DMDIS 2
inline constexpr Register DMAMUX1_C9CR{0x40020824};  // 17.6.1: DMAREQ_ID 6:0

// Independent watchdog
inline constexpr Register IWDG1_KR{0x58004800};        // 44.4.1
inline constexpr Register IWDG1_PR{0x58004804};        // 44.4.2
inline constexpr Register IWDG1_RLR{0x58004808};       // 44.4.3
inline constexpr Register IWDG1_SR{0x5800480C};        // 44.4.4: PVU 0, RVU 1
inline constexpr Register DBGMCU_IDC{0x5C001000};      // 60.5.8: REV_ID 31:16
inline constexpr Register DBGMCU_APB4FZ1{0x5C001054};  // 60.5.8: stop IWDG1 while the core is halted: 18

// The AXI interconnect's port of the AXI SRAM
inline constexpr Register AXI_TARG7_FN_MOD{0x51008108};  // 2.2.4: READ_ISS_OVERRIDE 0

// USB OTG: only what ends a transfer that TinyUSB's driver has left
inline constexpr Register OTG_FS_GRSTCTL{0x40080010};     // 57.14.5: TXFFLSH 5, TXFNUM 10:6
inline constexpr Register OTG_FS_DIEPEMPMSK{0x40080834};  // 57.14.44
inline constexpr Register OTG_FS_DIEPCTL0{0x40080900};    // 57.14.48: SNAK 27, EPDIS 30, EPENA 31; 0x20 a endpoint
inline constexpr Register OTG_FS_DIEPINT0{0x40080908};    // 57.14.49: EPDISD 1, INEPNE 6

// The core
inline constexpr Register SYST_CSR{0xE000E010};    // B3.3.3: ENABLE 0, TICKINT 1, CLKSOURCE 2, COUNTFLAG 16
inline constexpr Register SYST_RVR{0xE000E014};    // B3.3.4
inline constexpr Register SYST_CVR{0xE000E018};    // B3.3.5
inline constexpr Register NVIC_ISER0{0xE000E100};  // B3.4.4
inline constexpr Register NVIC_ICER0{0xE000E180};  // B3.4.5
inline constexpr Register NVIC_ICPR0{0xE000E280};  // B3.4.7
inline constexpr Register NVIC_IPR0{0xE000E400};   // B3.4.9
inline constexpr Register SCB_ICSR{0xE000ED04};    // B3.2.4: PENDSTCLR 25
inline constexpr Register SCB_VTOR{0xE000ED08};    // B3.2.5
inline constexpr Register SCB_AIRCR{0xE000ED0C};   // B3.2.6: SYSRESETREQ 2
inline constexpr Register SCB_CCR{0xE000ED14};     // B3.2.8: BFHFNMIGN 8, DC 16, IC 17
inline constexpr Register SCB_SHPR3{0xE000ED20};   // B3.2.12: SysTick 31:24
inline constexpr Register SCB_SHCSR{0xE000ED24};   // B3.2.13: MEMFAULTENA 16, BUSFAULTENA 17, USGFAULTENA 18
inline constexpr Register SCB_CFSR{0xE000ED28};    // B3.2.15
inline constexpr Register SCB_HFSR{0xE000ED2C};    // B3.2.16
inline constexpr Register SCB_MMFAR{0xE000ED34};   // B3.2.18
inline constexpr Register SCB_BFAR{0xE000ED38};    // B3.2.19
inline constexpr Register SCB_CCSIDR{0xE000ED80};  // B4.8.3
inline constexpr Register SCB_CSSELR{0xE000ED84};  // B4.8.4
inline constexpr Register SCB_CPACR{0xE000ED88};   // B3.2.20
inline constexpr Register MPU_CTRL{0xE000ED94};    // B3.5.6: ENABLE 0, PRIVDEFENA 2
inline constexpr Register MPU_RNR{0xE000ED98};     // B3.5.7
inline constexpr Register MPU_RBAR{0xE000ED9C};    // B3.5.8
inline constexpr Register MPU_RASR{0xE000EDA0};    // B3.5.9
inline constexpr Register DEMCR{0xE000EDFC};       // C1.6.5: TRCENA 24
inline constexpr Register ICIALLU{0xE000EF50};     // B2.2.7
inline constexpr Register DCISW{0xE000EF60};       // B2.2.7
inline constexpr Register DCCISW{0xE000EF74};      // B2.2.7
inline constexpr Register DWT_CTRL{0xE0001000};    // C1.8.7: CYCCNTENA 0
inline constexpr Register DWT_CYCCNT{0xE0001004};  // C1.8.8
inline constexpr Register DWT_LAR{0xE0001FB0};     // lock access; CoreSight, as Cortex-M7 TRM 12.3

// Interrupt lines (RM0433 19.1.2, table 145)
inline constexpr uint32_t kDma2Stream1Irq = 57;
inline constexpr uint32_t kDcmiIrq = 78;
inline constexpr uint32_t kOtgFsIrq = 101;
inline constexpr uint32_t kIrqLines = 150;

// The 96-bit unique ID in system memory (61.1)
inline constexpr uint32_t kUniqueIdAddress = 0x1FF1E800;
inline constexpr uint32_t kUniqueIdBytes = 12;

}  // namespace emojicam::board
